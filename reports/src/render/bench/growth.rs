//! Tables and pictures of how costs grow.

use crate::render::bars::{Bar, bars};
use crate::render::markdown::{fenced, text};
use crate::render::table::table;
use crate::schema::bench::{Growth, Line};
use crate::units;

/// A section for each of them.
pub(super) fn sections(all: &[Growth]) -> impl Iterator<Item = String> {
    let title = all.iter().take(1).map(|_| "## Growth\n\nThe scale of the pictures is logarithmic.\n".to_owned());
    title.chain(all.iter().map(section))
}

fn section(growth: &Growth) -> String {
    let picture = bars(&growth.lines.iter().flat_map(|line| bars_of(growth, line)).collect::<Vec<_>>());
    format!("{}\n{}", table_of(growth), fenced(&picture, ""))
}

/// The heading and the table.
pub(crate) fn table_of(growth: &Growth) -> String {
    let mut head = vec![format!("{}:", text(&growth.over))];
    head.extend(growth.lines.iter().map(|line| format!("{}:", text(&line.name))));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let row = |(index, &at): (usize, &u64)| {
        let figures = growth.lines.iter().map(|line| figure(line, index));
        [units::count(at)].into_iter().chain(figures).collect()
    };
    let table = table(&head, growth.at.iter().enumerate().map(row));
    format!("### {}, by {}\n\n{table}", text(&growth.name), text(&growth.over))
}

fn bars_of(growth: &Growth, line: &Line) -> Vec<Bar> {
    let width = growth.lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
    let bar = |(index, at): (usize, &u64)| {
        // The cast saturates.
        let parts = ns(line, index).map(|ns| (ns.round() as u64, '█'));
        let name = format!("{:<width$} {:>11}", line.name, units::count(*at));
        Bar { name, parts: parts.into_iter().collect(), note: figure(line, index) }
    };
    growth.at.iter().enumerate().map(bar).collect()
}

fn figure(line: &Line, index: usize) -> String {
    ns(line, index).map_or_else(|| "–".to_owned(), units::fine_nanoseconds)
}

fn ns(line: &Line, index: usize) -> Option<f64> {
    line.ns.get(index).copied().flatten()
}
