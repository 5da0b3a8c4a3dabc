//! Which steps of a graph can close a cycle, without a walk through the graph for each.
//!
//! Nodes have ranks, and a step leads from a lower rank to a higher one. A step that does so closes no cycle. For one
//! that does not, only the nodes with ranks between its ends are looked at, and get new ranks (Pearce and Kelly, "A
//! Dynamic Topological Sort Algorithm for Directed Acyclic Graphs", 2006). Most programs have no cycle. With the first
//! one there are no ranks any more, and each step is a walk.

use std::collections::{HashMap, HashSet};

/// A graph of numbers.
#[derive(Debug, Default)]
pub(crate) struct Topology {
    nodes: HashMap<u64, Node>,
    lowest: i64,
    highest: i64,
    cyclic: bool,
    /// How many nodes were looked at.
    #[cfg(test)]
    looked_at: usize,
}

#[derive(Debug, Default)]
struct Node {
    rank: i64,
    /// Where steps lead from here, and how often each was added.
    after: HashMap<u64, usize>,
    before: HashSet<u64>,
}

impl Topology {
    /// Adds a step. Returns whether it is part of a cycle.
    pub(crate) fn add(&mut self, from: u64, to: u64) -> bool {
        let count = self.node(from).after.entry(to).or_default();
        *count += 1;
        let known = *count > 1;
        self.node(to).before.insert(from);
        if self.cyclic {
            return self.leads(to, from);
        }
        if !known && !self.rank(from, to) {
            self.cyclic = true;
        }
        self.cyclic
    }

    /// Takes one addition of a step back.
    pub(crate) fn remove(&mut self, from: u64, to: u64) {
        let Some(count) = self.nodes.get_mut(&from).and_then(|node| node.after.get_mut(&to)) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        self.node(from).after.remove(&to);
        self.node(to).before.remove(&from);
        for end in [from, to] {
            if self.nodes.get(&end).is_some_and(|node| node.after.is_empty() && node.before.is_empty()) {
                self.nodes.remove(&end);
            }
        }
    }

    /// Whether a step begins or ends here.
    pub(crate) fn has_node(&self, number: u64) -> bool {
        self.nodes.contains_key(&number)
    }

    /// Whether the step is there.
    pub(crate) fn has(&self, from: u64, to: u64) -> bool {
        self.nodes.get(&from).is_some_and(|node| node.after.contains_key(&to))
    }

    fn node(&mut self, number: u64) -> &mut Node {
        self.nodes.entry(number).or_insert_with(|| {
            self.highest += 1;
            Node { rank: self.highest, ..Node::default() }
        })
    }

    fn rank_of(&self, number: u64) -> i64 {
        self.nodes.get(&number).map_or(0, |node| node.rank)
    }

    /// Gives ranks to the ends of a new step, and to others where needed. Returns `false` if the step closes a cycle.
    fn rank(&mut self, from: u64, to: u64) -> bool {
        if from == to {
            return false;
        }
        let (low, high) = (self.rank_of(to), self.rank_of(from));
        if high < low {
            return true;
        }
        if self.node(from).before.is_empty() {
            self.lowest -= 1;
            self.node(from).rank = self.lowest;
            return true;
        }
        if self.node(to).after.is_empty() {
            self.highest += 1;
            self.node(to).rank = self.highest;
            return true;
        }
        let after = self.reach(to, |node| node.after.keys().copied().collect(), |rank| rank <= high);
        if after.contains(&from) {
            return false;
        }
        let before = self.reach(from, |node| node.before.iter().copied().collect(), |rank| rank >= low);
        self.reorder(before, after);
        true
    }

    /// What steps lead to, as far as the ranks allow.
    fn reach(&mut self, start: u64, steps: impl Fn(&Node) -> Vec<u64>, allows: impl Fn(i64) -> bool) -> Vec<u64> {
        let (mut seen, mut open) = (HashSet::from([start]), vec![start]);
        while let Some(at) = open.pop() {
            #[cfg(test)]
            (self.looked_at += 1);
            let next = self.nodes.get(&at).map(&steps).unwrap_or_default();
            open.extend(next.into_iter().filter(|&next| allows(self.rank_of(next)) && seen.insert(next)));
        }
        seen.into_iter().collect()
    }

    /// Gives the ranks that all of these have to the first ones first. Within each, the order stays.
    fn reorder(&mut self, mut first: Vec<u64>, mut then: Vec<u64>) {
        first.sort_by_key(|&number| self.rank_of(number));
        then.sort_by_key(|&number| self.rank_of(number));
        first.extend(then);
        let mut ranks: Vec<i64> = first.iter().map(|&number| self.rank_of(number)).collect();
        ranks.sort_unstable();
        for (number, rank) in first.into_iter().zip(ranks) {
            self.node(number).rank = rank;
        }
    }

    fn leads(&self, from: u64, to: u64) -> bool {
        let (mut seen, mut open) = (HashSet::from([from]), vec![from]);
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            let next = self.nodes.get(&at).into_iter().flat_map(|node| node.after.keys().copied());
            open.extend(next.filter(|&next| seen.insert(next)));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Topology;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_step_is_part_of_a_cycle_if_steps_lead_back(steps in vec((0..12_u64, 0..12_u64, prop::bool::ANY), 0..60)) {
            let (mut topology, mut all) = (Topology::default(), Vec::new());
            for (from, to, adds) in steps {
                if adds {
                    all.push((from, to));
                    prop_assert_eq!(topology.add(from, to), leads_back(&all, from, to));
                } else if let Some(at) = all.iter().position(|&step| step == (from, to)) {
                    all.swap_remove(at);
                    topology.remove(from, to);
                }
                prop_assert_eq!(topology.has(from, to), all.contains(&(from, to)));
            }
            all.into_iter().for_each(|(from, to)| topology.remove(from, to));
            prop_assert!(topology.nodes.is_empty());
        }
    }

    /// The plain way: what is reached from the end of the step, until nothing is added.
    fn leads_back(all: &[(u64, u64)], from: u64, to: u64) -> bool {
        let mut reached = vec![to];
        while let Some(&(_, next)) = all.iter().find(|(at, next)| reached.contains(at) && !reached.contains(next)) {
            reached.push(next);
        }
        reached.contains(&from)
    }

    #[test]
    fn a_chain_is_cheap_from_either_end() {
        for backwards in [false, true] {
            let mut topology = Topology::default();
            for step in 0..1000 {
                let at = if backwards { 1000 - step } else { step };
                assert!(!topology.add(at, at + 1));
            }
            assert_eq!(topology.looked_at, 0);
        }
    }
}
