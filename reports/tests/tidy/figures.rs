//! A time that README.md or COMPARE.md gives was measured: it is on the page of the benches, which is rendered from its
//! record. So is the number of goals that are met. A figure that was edited by hand, or that is older than the record,
//! is found.

use crate::findings::{Findings, breaches};
use crate::tree::Tree;
use regex::Regex;

const PAGES: [&str; 2] = ["README.md", "COMPARE.md"];
const MEASURED: &str = "reports/bench.md";

pub fn rule(tree: &Tree, found: &mut Findings) {
    let measured = tree.text(MEASURED).unwrap_or_default();
    let figure = Regex::new(r"\d[\d.,]* (?:ns|µs|ms)\b|\d+ of \d+(?: goals)? are met").expect("it is a pattern");
    for (path, text) in tree.files(|path| PAGES.contains(&path)) {
        for (number, line) in (1..).zip(text.lines()) {
            for wanted in figure.find_iter(line).map(|figure| figure.as_str()) {
                found.judged += 1;
                if !has(measured, &wanted.replace(" are met", " goals are met")) {
                    found.breaches.push(format!("{path}:{number}: {wanted} is not in {MEASURED}"));
                }
            }
        }
    }
}

/// Whether the figure is there as a whole, not as the end of a longer one.
fn has(page: &str, figure: &str) -> bool {
    let is_part = |before: char| before.is_ascii_digit() || ".,".contains(before);
    page.match_indices(figure).any(|(at, _)| !page[..at].ends_with(is_part))
}

#[test]
fn a_figure_that_was_edited_is_found() {
    let readme = "| create | 336 ns | 13.9 µs |\n\n18 of 46 are met. It takes 1.25 µs.\n";
    let compare = "36 ns, 336 ns\n";
    let measured = "18 of 46 goals are met.\n\n| create | 336 ns | 13.9 µs |\n";
    let files = [("README.md", readme), ("COMPARE.md", compare), (MEASURED, measured)];
    let wanted = ["COMPARE.md:1: 36 ns is not in reports/bench.md", "README.md:3: 1.25 µs is not in reports/bench.md"];
    breaches(rule, &files, &wanted);
}
