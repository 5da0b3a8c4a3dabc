//! Every static of the library stands in the table of globals of ARCHITECTURE.md, with its file, and every row of the
//! table is one.

use crate::tree::{Tree, is_library};
use std::collections::BTreeSet;

const PAGE: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Globals";

fn rule(tree: &Tree) -> Vec<String> {
    let (there, listed) = (statics(tree), rows(tree.text(PAGE).unwrap_or_default()));
    let mut breaches = Vec::new();
    for (name, file) in there.difference(&listed) {
        breaches.push(format!("{file}: the static {name} has no row under \"{HEADING}\" in {PAGE}"));
    }
    for (name, file) in listed.difference(&there) {
        breaches.push(format!("{PAGE}: {file} has no static {name}"));
    }
    if listed.is_empty() {
        breaches.push(format!("{PAGE}: no table under \"{HEADING}\", so this rule judges nothing"));
    }
    breaches
}

/// The statics of the library by name and file. Those of a thread are statics too.
fn statics(tree: &Tree) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (path, text) in tree.files(is_library) {
        // What follows is for tests.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (_, line) in crate::source::code(text) {
            let mut words = line.split([' ', ':', '{']).filter(|word| !word.is_empty());
            let is_static = words.any(|word| word == "static");
            let name = words.find(|&word| word != "mut");
            if let Some(name) = name.filter(|name| is_static && is_name_of_static(name)) {
                found.insert((name.to_owned(), path.to_owned()));
            }
        }
    }
    found
}

fn is_name_of_static(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
}

/// The first two columns of the table: `` | `NAME` | `file` | ``.
fn rows(page: &str) -> BTreeSet<(String, String)> {
    let section = page.split(HEADING).nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or_default();
    let cells = |line: &str| {
        let mut cells = line.strip_prefix('|')?.split('|').map(|cell| cell.trim());
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        let file = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((name.to_owned(), file.to_owned()))
    };
    section.lines().filter_map(cells).collect()
}

#[test]
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
}

#[test]
fn an_unlisted_global_is_found() {
    let page = "# Map\n\n## Globals\n\n| name | file | why |\n|---|---|---|\n\
        | `LISTED` | `memguard/src/a.rs` | |\n| `GONE` | `memguard/src/a.rs` | |\n\n## More\n";
    let code = "static LISTED: u8 = 0;\nthread_local! { static HELD: u8 = 0; }\nfn f(x: &'static str) {}\n";
    let wanted = [
        "memguard/src/a.rs: the static HELD has no row under \"## Globals\" in ARCHITECTURE.md",
        "ARCHITECTURE.md: memguard/src/a.rs has no static GONE",
    ];
    crate::breaches(rule, &[("ARCHITECTURE.md", page), ("memguard/src/a.rs", code)], &wanted);
}
