//! The graph in the language of Graphviz.

use crate::world;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The graph learned so far, in the language of Graphviz: an arrow from each class that was held to each class that was
/// wanted. Arrows of a deadlock are red.
///
/// ```
/// let dot = memguard_lockdep::graph_as_dot();
/// assert!(dot.starts_with("digraph locks {"));
/// ```
pub fn graph_as_dot() -> String {
    let (contexts, reports) = world::graph_and_reports();
    let mut edges = BTreeMap::new();
    for context in &contexts {
        let classes = (context.held.class.to_string(), context.wanted.class.to_string());
        edges.entry(classes).or_insert((context.held.place, context.wanted.place, false));
    }
    for step in reports.iter().filter(|report| report.verdict.is_deadlock()).flat_map(|report| &report.steps) {
        if let Some(edge) = edges.get_mut(&(step.held.class.to_string(), step.wanted.class.to_string())) {
            edge.2 = true;
        }
    }
    let mut dot = String::from("digraph locks {\n");
    for ((held, wanted), (held_at, wanted_at, bad)) in edges {
        let colour = if bad { ", color=red" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(dot, "  {held:?} -> {wanted:?} [label=\"{held_at}\\n{wanted_at}\"{colour}];");
    }
    dot + "}\n"
}
