//! What memguard is and promises, in the words of README.md.

use crate::schema::guarantee::Guarantee;

const README: &str = include_str!("../../../README.md");

/// The first two sentences below the title, as Markdown.
pub(super) fn introduction() -> String {
    let paragraph = README.split("\n\n").nth(1).unwrap_or_default().replace('\n', " ");
    let sentences: Vec<&str> = paragraph.split_inclusive(". ").take(2).collect();
    sentences.concat().trim().to_owned()
}

/// The promise, as Markdown: the second cell of its row in the table of guarantees.
pub(super) fn promise(guarantee: Guarantee) -> &'static str {
    let name = format!("| **{guarantee}** | ");
    let row = README.lines().find_map(|line| line.strip_prefix(&name));
    row.map(|row| row.trim_end_matches('|').trim()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = include_str!("../../../memguard/src/lib.rs");
    const SECURITY: &str = include_str!("../../../SECURITY.md");

    #[test]
    fn every_document_promises_every_guarantee() {
        for guarantee in Guarantee::ALL {
            assert!(promise(guarantee).ends_with('.'), "README.md has no row for {guarantee}");
            assert!(LIBRARY.contains(&format!("//! - **{guarantee}**: ")), "memguard/src/lib.rs lacks {guarantee}");
            assert!(SECURITY.contains(&format!("| **{guarantee}** | ")), "SECURITY.md has no row for {guarantee}");
        }
        assert!(introduction().starts_with("memguard is ") && introduction().matches(". ").count() == 1);
    }
}
