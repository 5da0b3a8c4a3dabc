//! No line is longer than 120 columns, comments included. In Markdown, tables, links and code are left out: they cannot
//! be wrapped.

use crate::findings::{Findings, breaches};
use crate::tree::Tree;

const MOST: usize = 120;

pub fn rule(tree: &Tree, found: &mut Findings) {
    for (path, text) in tree.files(is_judged) {
        let mut in_code = false;
        for (number, line) in (1..).zip(text.lines()) {
            let columns = line.chars().count();
            in_code ^= line.trim_start().starts_with("```");
            let is_markdown = path.ends_with(".md");
            let cannot_be_wrapped = is_markdown && (in_code || line.starts_with('|') || line.contains("]("));
            found.judged += 1;
            if columns > MOST && !cannot_be_wrapped {
                found.breaches.push(format!("{path}:{number}: {columns} columns, at most {MOST}"));
            }
        }
    }
}

fn is_judged(path: &str) -> bool {
    let written_by_hand = [".rs", ".sh", ".toml", ".yml", ".md"].iter().any(|end| path.ends_with(end));
    // Pages that a program renders are as wide as their figures.
    written_by_hand && !path.starts_with("reports/tests/data/") || path.starts_with(".ci/")
}

#[test]
fn a_long_line_is_found() {
    let long = "// ".to_owned() + &"x".repeat(118);
    let fits = "// ".to_owned() + &"ä".repeat(117);
    let (code, page) = (format!("{fits}\n{long}\n"), format!("| {long} |\n{long}\n"));
    let wanted = ["a/src/lib.rs:2: 121 columns, at most 120", "b.md:2: 121 columns, at most 120"];
    breaches(rule, &[("a/src/lib.rs", &code), ("b.md", &page)], &wanted);
}
