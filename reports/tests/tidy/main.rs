//! Tidiness as a test: what reviewers would otherwise have to look for. Named after TigerBeetle's `tidy.zig` and
//! rust-analyzer's test of that name.
//!
//! Each rule looks at a [`Tree`] and notes what breaks it. The workspace keeps all rules. Each rule has a test of its
//! own, in which it finds a planted breach. A rule that finds nothing to look at fails as well.

mod cfgs;
mod circles;
mod columns;
mod commands;
mod figures;
mod findings;
mod globals;
mod growth;
mod logger;
mod modules;
mod paths;
mod source;
mod tree;
mod words;

use findings::{Findings, Rule};
use tree::Tree;

const RULES: [(&str, Rule); 11] = [
    ("cfgs", cfgs::rule),
    ("circles", circles::rule),
    ("columns", columns::rule),
    ("commands", commands::rule),
    ("figures", figures::rule),
    ("globals", globals::rule),
    ("growth", growth::rule),
    ("logger", logger::rule),
    ("modules", modules::rule),
    ("paths", paths::rule),
    ("words", words::rule),
];

#[test]
fn the_workspace_keeps_every_rule() {
    let tree = Tree::of_workspace();
    let mut all = Vec::new();
    for (name, rule) in RULES {
        let mut found = Findings::default();
        rule(&tree, &mut found);
        all.extend(found.breaches.iter().map(|breach| format!("{name}: {breach}")));
        if found.judged == 0 {
            all.push(format!("{name}: found nothing to look at, so this rule judges nothing"));
        }
    }
    assert!(all.is_empty(), "{} breaches:\n  {}", all.len(), all.join("\n  "));
}
