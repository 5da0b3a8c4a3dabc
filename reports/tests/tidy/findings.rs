//! What a rule finds.

use crate::tree::Tree;

/// What a rule found in a tree.
#[derive(Default)]
pub struct Findings {
    /// How many things the rule has looked at.
    pub judged: usize,
    /// Every breach, as `file:line: what is wrong`.
    pub breaches: Vec<String>,
}

pub type Rule = fn(&Tree, &mut Findings);

/// The rule finds exactly these breaches in a tree of these files.
pub fn breaches(rule: Rule, files: &[(&str, &str)], wanted: &[&str]) {
    let mut found = Findings::default();
    rule(&Tree::of(files), &mut found);
    assert_eq!(found.breaches, wanted);
}
