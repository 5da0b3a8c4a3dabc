//! Every public item has documentation with an example that runs.

mod support;

use support::sources::public_items;

#[test]
fn every_public_item_has_an_example() {
    let without: Vec<_> = public_items()
        .iter()
        .filter(|item| !item.docs.contains("/// ```"))
        .map(|item| format!("{}:{}: {} {}", item.file, item.line, item.kind, item.name))
        .collect();
    assert!(without.is_empty(), "no example:\n{}", without.join("\n"));
}
