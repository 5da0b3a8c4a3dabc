//! Pictures of the graph, for people.

mod layers;
mod picture;

use crate::edges::{self, Edge};
use crate::report::Report;
use layers::lay_out;
use picture::{CHARACTER, Picture, Point};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// A longer line of a box is cut off at its beginning.
const LONGEST: usize = 44;
/// How much room an arrow from a class to itself needs beside the box.
const LOOP: f64 = 34.0;

/// The graph learned so far as a picture, an SVG of one file: an arrow from each class that was held to each class that
/// was wanted. Arrows of a deadlock are red and have numbers. The list below them says where the locks were taken and
/// asked for; the other arrows say it under the pointer. The colours follow the reader's light or dark theme.
///
/// ```
/// let svg = memguard_lockdep::graph_as_svg();
/// assert!(svg.starts_with("<svg "));
/// ```
pub fn graph_as_svg() -> String {
    draw(&edges::all(), "Locks that were wanted while others were held")
}

impl Report {
    /// The cycle as a picture, as [`graph_as_svg`] draws it.
    ///
    /// ```
    /// for report in memguard_lockdep::reports() {
    ///     assert!(report.to_svg().starts_with("<svg "));
    /// }
    /// ```
    pub fn to_svg(&self) -> String {
        let text = self.to_string();
        draw(&edges::of_report(self), text.lines().next().unwrap_or_default())
    }
}

fn draw(edges: &[Edge], title: &str) -> String {
    let names: BTreeSet<&str> = edges.iter().flat_map(|edge| [&*edge.held, &*edge.wanted]).collect();
    let labels: Vec<Vec<String>> = names.iter().map(|name| label(name)).collect();
    let widths: Vec<f64> = labels.iter().map(|lines| width(lines) + 24.0).collect();
    let number: HashMap<&str, usize> = names.iter().enumerate().map(|(at, &name)| (name, at)).collect();
    let ends: Vec<(usize, usize)> = edges.iter().map(|edge| (number[&*edge.held], number[&*edge.wanted])).collect();

    let (loops, arrows): (Vec<_>, Vec<_>) = ends.iter().partition(|(held, wanted)| held == wanted);
    let room = |at| if loops.contains(&(at, at)) { widths[at] + 2.0 * LOOP } else { widths[at] };
    let layout = lay_out(&(0..widths.len()).map(room).collect::<Vec<_>>(), &arrows);

    let mut picture = Picture::new(title, layout.size);
    let mut routes = layout.routes.iter();
    for (edge, &(held, wanted)) in edges.iter().zip(&ends) {
        let route = if held == wanted { None } else { routes.next() };
        match route {
            Some(route) => picture.arrow(edge, &curve(route), halfway(route)),
            None => {
                let (x, y) = (layout.boxes[held].0 + widths[held] / 2.0, layout.boxes[held].1);
                picture.arrow(edge, &round(x, y), (x + LOOP * 0.75, y));
            }
        }
    }
    for (at, name) in names.iter().enumerate() {
        picture.class(name, &labels[at], layout.boxes[at], widths[at]);
    }
    picture.finish()
}

/// The name of a class in lines: what it is, and where.
fn label(class: &str) -> Vec<String> {
    let lines = match class.split_once(" of ") {
        Some((kind, place)) => vec![kind, place],
        None => vec![class],
    };
    lines.into_iter().map(shorten).collect()
}

fn shorten(line: &str) -> String {
    let all = line.chars().count();
    if all <= LONGEST {
        line.to_owned()
    } else {
        format!("…{}", line.chars().skip(all + 1 - LONGEST).collect::<String>())
    }
}

fn width(lines: &[String]) -> f64 {
    lines.iter().map(|line| line.chars().count()).max().unwrap_or(0) as f64 * CHARACTER
}

/// A line through these points, without corners.
fn curve(points: &[Point]) -> String {
    let mut path = format!("M{:.1} {:.1}", points[0].0, points[0].1);
    for pair in points.windows(2) {
        let ((x, y), (next_x, next_y)) = (pair[0], pair[1]);
        let half = (y + next_y) / 2.0;
        let _ = write!(path, " C{x:.1} {half:.1} {next_x:.1} {half:.1} {next_x:.1} {next_y:.1}");
    }
    path
}

/// The middle of the middle part.
fn halfway(points: &[Point]) -> Point {
    let at = (points.len() - 1) / 2;
    let ((x, y), (next_x, next_y)) = (points[at], points[at + 1]);
    ((x + next_x) / 2.0, (y + next_y) / 2.0)
}

/// A loop at the right side of a box.
fn round(x: f64, y: f64) -> String {
    format!("M{x:.1} {:.1} c{LOOP} -6 {LOOP} 22 0 16", y - 8.0)
}
