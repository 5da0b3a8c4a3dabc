//! Boxes in layers, so that most arrows lead down (Sugiyama, Tagawa and Toda, 1981). An arrow that closes a circle
//! leads up. One that passes layers goes round the boxes there.

use super::picture::{HEIGHT, Point};
use std::collections::BTreeMap;

/// Between a layer and the next.
const DOWN: f64 = 64.0;
/// Between two boxes of a layer.
const ACROSS: f64 = 36.0;
/// How often each layer is put in order by its neighbours.
const PASSES: usize = 12;
/// How far from the middle of its box an arrow begins and ends, so that two arrows between two boxes lie apart.
const ASIDE: f64 = 10.0;

#[derive(Debug)]
pub(super) struct Layout {
    /// The middle of each box.
    pub(super) boxes: Vec<Point>,
    /// The points that each arrow passes, from its beginning.
    pub(super) routes: Vec<Vec<Point>>,
    pub(super) size: Point,
}

/// What lies in a layer: a box, or the place where an arrow passes.
struct Slot {
    layer: usize,
    width: f64,
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Lays out boxes of these widths with arrows between them. None may lead from a box to itself.
pub(super) fn lay_out(widths: &[f64], arrows: &[(usize, usize)]) -> Layout {
    let up = leads_up(widths.len(), arrows);
    let down: Vec<(usize, usize)> =
        arrows.iter().zip(&up).map(|(&(a, b), &up)| if up { (b, a) } else { (a, b) }).collect();
    let layers = layers(widths.len(), &down);
    let slot = |layer, width| Slot { layer, width, x: 0.0, above: Vec::new(), below: Vec::new() };
    let mut slots: Vec<Slot> = widths.iter().zip(&layers).map(|(&width, &layer)| slot(layer, width)).collect();
    let mut chains = Vec::new();
    for &(upper, lower) in &down {
        let mut chain = vec![upper];
        for layer in layers[upper] + 1..layers[lower] {
            chain.push(slots.len());
            slots.push(slot(layer, 0.0));
        }
        chain.push(lower);
        for pair in chain.windows(2) {
            slots[pair[0]].below.push(pair[1]);
            slots[pair[1]].above.push(pair[0]);
        }
        chains.push(chain);
    }
    arrange(&mut slots);
    let middle = |slot: &Slot| (slot.x, HEIGHT / 2.0 + slot.layer as f64 * (HEIGHT + DOWN));
    let route = |(chain, &up): (Vec<usize>, &bool)| {
        let last = chain.len() - 1;
        let aside = if up { ASIDE } else { -ASIDE };
        let point = |(at, slot): (usize, &usize)| {
            let (x, y) = middle(&slots[*slot]);
            let to_border = if at == 0 {
                HEIGHT / 2.0
            } else if at == last {
                -HEIGHT / 2.0
            } else {
                0.0
            };
            (x + aside, y + to_border)
        };
        let mut points: Vec<Point> = chain.iter().enumerate().map(point).collect();
        if up {
            points.reverse();
        }
        points
    };
    let right = slots.iter().map(|slot| slot.x + slot.width / 2.0 + ASIDE).fold(0.0, f64::max);
    let deepest = slots.iter().map(|slot| middle(slot).1 + HEIGHT / 2.0).fold(0.0, f64::max);
    let boxes = slots[..widths.len()].iter().map(middle).collect();
    Layout { boxes, routes: chains.into_iter().zip(&up).map(route).collect(), size: (right, deepest) }
}

/// For each arrow, whether it leads back to a box from which the walk came. Without these there is no circle.
fn leads_up(boxes: usize, arrows: &[(usize, usize)]) -> Vec<bool> {
    let mut from = vec![Vec::new(); boxes];
    let mut into = vec![0_usize; boxes];
    for (at, &(a, b)) in arrows.iter().enumerate() {
        from[a].push((at, b));
        into[b] += 1;
    }
    let mut up = vec![false; arrows.len()];
    let (mut seen, mut on_way) = (vec![false; boxes], vec![false; boxes]);
    let mut roots: Vec<usize> = (0..boxes).collect();
    roots.sort_by_key(|&root| into[root]);
    for root in roots {
        if seen[root] {
            continue;
        }
        // The way to where the walk is, and how many arrows it has followed from each box.
        let mut way = vec![(root, 0)];
        (seen[root], on_way[root]) = (true, true);
        while let Some((here, followed)) = way.last_mut() {
            let Some(&(arrow, next)) = from[*here].get(*followed) else {
                on_way[*here] = false;
                way.pop();
                continue;
            };
            *followed += 1;
            up[arrow] = on_way[next];
            if !seen[next] {
                (seen[next], on_way[next]) = (true, true);
                way.push((next, 0));
            }
        }
    }
    up
}

/// The layer of each box: below all boxes from which arrows lead to it.
fn layers(boxes: usize, down: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; boxes];
    let mut into = vec![0_usize; boxes];
    down.iter().for_each(|&(_, lower)| into[lower] += 1);
    let mut ready: Vec<usize> = (0..boxes).filter(|&at| into[at] == 0).collect();
    while let Some(upper) = ready.pop() {
        for &(_, lower) in down.iter().filter(|&&(from, _)| from == upper) {
            layers[lower] = layers[lower].max(layers[upper] + 1);
            into[lower] -= 1;
            if into[lower] == 0 {
                ready.push(lower);
            }
        }
    }
    layers
}

/// Gives each slot its place in its layer, near those above and below.
fn arrange(slots: &mut [Slot]) {
    let mut layers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, slot) in slots.iter().enumerate() {
        layers.entry(slot.layer).or_default().push(at);
    }
    let mut layers: Vec<Vec<usize>> = layers.into_values().collect();
    layers.iter().for_each(|layer| put(slots, layer));
    for pass in 0..PASSES {
        let downwards = pass % 2 == 0;
        for at in 0..layers.len() {
            let layer = if downwards { at } else { layers.len() - 1 - at };
            for &slot in &layers[layer] {
                let near = if downwards { &slots[slot].above } else { &slots[slot].below };
                if !near.is_empty() {
                    slots[slot].x = near.iter().map(|&other| slots[other].x).sum::<f64>() / near.len() as f64;
                }
            }
            layers[layer].sort_by(|&a, &b| slots[a].x.total_cmp(&slots[b].x));
            put(slots, &layers[layer]);
        }
    }
    let left = slots.iter().map(|slot| slot.x - slot.width / 2.0 - ASIDE).fold(f64::INFINITY, f64::min);
    slots.iter_mut().for_each(|slot| slot.x -= left);
}

/// Moves the slots of a layer apart, and on average nowhere.
fn put(slots: &mut [Slot], layer: &[usize]) {
    let wished: f64 = layer.iter().map(|&at| slots[at].x).sum();
    for pair in layer.windows(2) {
        let (left, right) = (&slots[pair[0]], &slots[pair[1]]);
        slots[pair[1]].x = right.x.max(left.x + left.width / 2.0 + ACROSS + right.width / 2.0);
    }
    let got: f64 = layer.iter().map(|&at| slots[at].x).sum();
    let back = (got - wished) / layer.len() as f64;
    layer.iter().for_each(|&at| slots[at].x -= back);
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, lay_out};

    #[test]
    fn arrows_lead_down_but_for_one_of_each_circle() {
        let layout = lay_out(&[80.0; 4], &[(0, 1), (1, 2), (2, 0), (0, 2), (2, 3)]);
        let leads_down: Vec<bool> = layout.routes.iter().map(|route| route[0].1 < route[route.len() - 1].1).collect();
        assert_eq!(leads_down, [true, true, false, true, true]);
        // The one that passes a layer does so beside the box there.
        let (passes, beside) = (layout.routes[3][1], layout.boxes[1]);
        assert!((passes.0 - beside.0).abs() > 40.0, "{layout:?}");
    }

    /// Any graph, circles and isolated boxes among them.
    #[test]
    fn boxes_lie_apart_and_on_the_page() {
        let mut state = 1_u64;
        let mut below = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % end
        };
        for _ in 0..300 {
            let boxes = 1 + below(20);
            let widths: Vec<f64> = (0..boxes).map(|_| 20.0 + below(200) as f64).collect();
            let arrows: Vec<_> = (0..below(40)).map(|_| (below(boxes), below(boxes))).filter(|(a, b)| a != b).collect();
            let layout = lay_out(&widths, &arrows);
            for (at, &(x, y)) in layout.boxes.iter().enumerate() {
                assert!(x - widths[at] / 2.0 >= 0.0 && x + widths[at] / 2.0 <= layout.size.0, "{layout:?}");
                assert!(y - HEIGHT / 2.0 >= 0.0 && y + HEIGHT / 2.0 <= layout.size.1, "{layout:?}");
                let overlaps = |other: &usize| {
                    let there = layout.boxes[*other];
                    (there.1 - y).abs() < HEIGHT && (there.0 - x).abs() < (widths[at] + widths[*other]) / 2.0
                };
                assert_eq!((0..at).find(overlaps), None, "{layout:?}");
            }
        }
    }
}
