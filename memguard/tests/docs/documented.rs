//! Checks documents against the source.

use crate::support::sources::{public_items, source_files};
use std::collections::BTreeSet;

/// Every public item has documentation with an example, which runs as a documentation test.
#[test]
fn every_public_item_has_an_example() {
    let without: Vec<_> = public_items()
        .iter()
        .filter(|item| !item.docs.contains("/// ```"))
        .map(|item| format!("{}:{}: {} {}", item.file, item.line, item.kind, item.name))
        .collect();
    assert!(without.is_empty(), "no example:\n{}", without.join("\n"));
}

/// The page that lists where `unsafe` is lists every place.
#[test]
fn unsafe_is_where_the_security_page_says() {
    let page = include_str!("../../../SECURITY.md");
    let (_, list) = page.split_once("`unsafe` is in `memguard/src/{").expect("the list is there");
    let (list, _) = list.split_once("}`").expect("the list ends");
    let listed: BTreeSet<_> = list.split(',').map(str::to_owned).collect();
    let is_unsafe =
        |text: &str| text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains("unsafe"));
    let found: BTreeSet<_> = source_files()
        .into_iter()
        .filter(|(_, text)| is_unsafe(text))
        .map(|(name, _)| name.split('/').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(found, listed);
}

/// Each variant of the errors says whether the same call may succeed later, and what to do.
#[test]
fn every_error_has_a_remedy() {
    let (errors, limits) = (include_str!("../../src/error/mod.rs"), include_str!("../../src/memory/limit.rs"));
    for (source, name, least) in [(errors, "pub enum Error {", 25), (limits, "pub enum Limit {", 3)] {
        let (_, body) = source.split_once(name).expect("the enum is there");
        let (body, _) = body.split_once("\n}\n").expect("the enum ends");
        let (mut variants, mut above) = (0, String::new());
        for line in body.lines() {
            if line.strip_prefix("    ").is_some_and(|line| line.starts_with(|first: char| first.is_uppercase())) {
                for word in ["**Retry:** ", "**Remedy:** "] {
                    assert!(above.contains(word), "{line}: no '{word}' in its comment");
                }
                above.clear();
                variants += 1;
            }
            above.push_str(line);
        }
        assert!(variants >= least, "only {variants} variants of '{name}' found: the source has moved");
    }
}
