//! No line is longer than 120 columns, comments included. In Markdown, tables, links and code are left out: they cannot
//! be wrapped.

use crate::tree::Tree;

const MOST: usize = 120;

fn rule(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in tree.files(is_judged) {
        let mut in_code = false;
        for (number, line) in (1..).zip(text.lines()) {
            let columns = line.chars().count();
            in_code ^= line.trim_start().starts_with("```");
            let is_markdown = path.ends_with(".md");
            let cannot_be_wrapped = is_markdown && (in_code || line.starts_with('|') || line.contains("]("));
            if columns > MOST && !cannot_be_wrapped {
                breaches.push(format!("{path}:{number}: {columns} columns"));
            }
        }
    }
    breaches
}

fn is_judged(path: &str) -> bool {
    let written_by_hand = [".rs", ".sh", ".toml", ".yml", ".md"].iter().any(|end| path.ends_with(end));
    // Pages that a program renders are as wide as their figures.
    written_by_hand && !path.starts_with("reports/tests/data/") || path.starts_with(".ci/")
}

#[test]
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
}

#[test]
fn a_long_line_is_found() {
    let long = "// ".to_owned() + &"x".repeat(118);
    let fits = "// ".to_owned() + &"ä".repeat(117);
    let files = [("a/src/lib.rs", format!("{fits}\n{long}\n")), ("b.md", format!("| {long} |\n{long}\n"))];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    crate::breaches(rule, &files, &["a/src/lib.rs:2: 121 columns", "b.md:2: 121 columns"]);
}
