//! No word that CONTRIBUTING.md refuses: neither as a name nor in a comment, a text or a document.

use crate::findings::{Findings, breaches};
use crate::source;
use crate::tree::{Tree, is_page};

const PAGE: &str = "CONTRIBUTING.md";
const HEADING: &str = "### Words we do not use";

pub fn rule(tree: &Tree, found: &mut Findings) {
    let refused = refused(tree.text(PAGE).unwrap_or_default());
    for (path, text) in tree.files(is_judged) {
        for (number, line) in (1..).zip(text.lines()) {
            let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            for word in words.filter(|word| refused.contains(word)) {
                found.breaches.push(format!("{path}:{number}: \"{word}\" is refused in {PAGE}"));
            }
        }
    }
    found.judged += refused.len();
}

/// The list, and this file with its planted breach, name the words. A rendered page quotes its record.
fn is_judged(path: &str) -> bool {
    let judged = [".rs", ".md", ".sh", ".toml"].iter().any(|end| path.ends_with(end));
    judged && !is_page(path) && path != PAGE && path != "reports/tests/tidy/words.rs"
}

/// The words in the first column of the table under the heading, each in backticks.
fn refused(page: &str) -> Vec<&str> {
    let rows = source::section(page, HEADING).lines();
    let first_cells = rows.filter_map(|line| line.strip_prefix('|')?.split('|').next());
    // Between backticks, every second piece is a word.
    first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn a_refused_word_is_found() {
    let page = "### Words we do not use\n\n| not | but |\n|---|---|\n| `Company`, `roll_call` | `RunContext` |\n";
    let code = "struct Company;\n// A company is fine.\nfn roll_call() {}\n";
    let wanted = [
        "a/src/lib.rs:1: \"Company\" is refused in CONTRIBUTING.md",
        "a/src/lib.rs:3: \"roll_call\" is refused in CONTRIBUTING.md",
    ];
    breaches(rule, &[(PAGE, page), ("a/src/lib.rs", code)], &wanted);
}
