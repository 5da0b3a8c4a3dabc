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
