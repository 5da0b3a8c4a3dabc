//! No word that CONTRIBUTING.md refuses: neither as a name nor in a comment, a text or a document.

use crate::tree::Tree;

const PAGE: &str = "CONTRIBUTING.md";
const HEADING: &str = "### Words we do not use";

fn rule(tree: &Tree) -> Vec<String> {
    let refused = refused(tree.text(PAGE).unwrap_or_default());
    let mut breaches = Vec::new();
    for (path, text) in tree.files(is_judged) {
        for (number, line) in (1..).zip(text.lines()) {
            for word in words(line).filter(|word| refused.contains(word)) {
                breaches.push(format!("{path}:{number}: \"{word}\" is refused in {PAGE}"));
            }
        }
    }
    if refused.is_empty() {
        breaches.push(format!("{PAGE}: no words under \"{HEADING}\", so this rule judges nothing"));
    }
    breaches
}

/// The list, and this file with its planted breach, name the words. A rendered page quotes its record.
fn is_judged(path: &str) -> bool {
    let judged = [".rs", ".md", ".sh", ".toml"].iter().any(|end| path.ends_with(end));
    let is_page = path.starts_with("reports/") && path.ends_with(".md") && path != "reports/README.md";
    judged && !is_page && path != PAGE && path != "reports/tests/tidy/words.rs"
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

/// The words in the first column of the table under the heading, each in backticks.
fn refused(page: &str) -> Vec<&str> {
    let section = page.split(HEADING).nth(1).and_then(|rest| rest.split("\n#").next()).unwrap_or_default();
    let first_cells = section.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next());
    // Between backticks, every second piece is a word.
    first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
}

#[test]
fn a_refused_word_is_found() {
    let page = "### Words we do not use\n\n| not | but |\n|---|---|\n| `Company`, `roll_call` | `RunContext` |\n";
    let code = "struct Company;\n// A company is fine.\nfn roll_call() {}\n";
    let wanted = [
        "a/src/lib.rs:1: \"Company\" is refused in CONTRIBUTING.md",
        "a/src/lib.rs:3: \"roll_call\" is refused in CONTRIBUTING.md",
    ];
    crate::breaches(rule, &[(PAGE, page), ("a/src/lib.rs", code)], &wanted);
}
