//! Every static of the library stands in the table of globals of ARCHITECTURE.md, with its file, and every row of the
//! table is one.

use crate::findings::{Findings, breaches};
use crate::source;
use crate::tree::{Tree, is_library};
use regex::Regex;
use std::collections::BTreeSet;

const PAGE: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Globals";

pub fn rule(tree: &Tree, found: &mut Findings) {
    let (there, listed) = (statics(tree), rows(tree.text(PAGE).unwrap_or_default()));
    for (name, file) in there.difference(&listed) {
        found.breaches.push(format!("{file}: the static {name} has no row under \"{HEADING}\" in {PAGE}"));
    }
    for (name, file) in listed.difference(&there) {
        found.breaches.push(format!("{PAGE}: {file} has no static {name}"));
    }
    found.judged += listed.len();
}

/// The statics of the library by name and file. Those of a thread are statics too.
fn statics(tree: &Tree) -> BTreeSet<(String, String)> {
    let a_static = Regex::new(r"(?:^|[^'\w])static (?:mut )?([A-Z][A-Z0-9_]*)\b").expect("it is a pattern");
    let mut found = BTreeSet::new();
    for (path, text) in tree.files(is_library) {
        // What follows is for tests.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (_, line) in source::code(text) {
            found.extend(a_static.captures_iter(line).map(|name| (name[1].to_owned(), path.to_owned())));
        }
    }
    found
}

/// The first two columns of the table: `` | `NAME` | `file` | ``.
fn rows(page: &str) -> BTreeSet<(String, String)> {
    let row = Regex::new(r"(?m)^\| `([^`]*)` \| `([^`]*)` \|").expect("it is a pattern");
    let rows = row.captures_iter(source::section(page, HEADING));
    rows.map(|cells| (cells[1].to_owned(), cells[2].to_owned())).collect()
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
    breaches(rule, &[("ARCHITECTURE.md", page), ("memguard/src/a.rs", code)], &wanted);
}
