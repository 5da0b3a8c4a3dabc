//! Tidiness as a test: what reviewers would otherwise have to look for. Named after TigerBeetle's `tidy.zig` and
//! rust-analyzer's test of that name.
//!
//! Each rule reads a [`Tree`] and returns what breaks it. Each has two tests: the workspace keeps the rule, and a
//! planted breach is found. A rule that finds nothing to look at fails as well.

mod cfgs;
mod circles;
mod columns;
mod globals;
mod growth;
mod logger;
mod modules;
mod paths;
mod source;
mod tree;
mod words;

use tree::Tree;

/// A rule: every breach, as `file:line: what is wrong`.
type Rule = fn(&Tree) -> Vec<String>;

/// The workspace keeps the rule.
fn kept(rule: Rule) {
    let breaches = rule(&Tree::of_workspace());
    assert!(breaches.is_empty(), "{} breaches:\n  {}", breaches.len(), breaches.join("\n  "));
}

/// The rule finds exactly these breaches in a tree of these files.
fn breaches(rule: Rule, files: &[(&str, &str)], wanted: &[&str]) {
    assert_eq!(rule(&Tree::of(files)), wanted);
}
