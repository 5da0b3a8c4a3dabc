//! The graph in the language of Graphviz.

use crate::edges;
use std::fmt::Write;

/// The graph learned so far, in the language of Graphviz: an arrow from each class that was held to each class that was
/// wanted. Arrows of a deadlock are red.
///
/// ```
/// let dot = memguard_lockdep::graph_as_dot();
/// assert!(dot.starts_with("digraph locks {"));
/// ```
pub fn graph_as_dot() -> String {
    let mut dot = String::from("digraph locks {\n");
    for edge in edges::all() {
        let colour = if edge.is_bad { ", color=red" } else { "" };
        let (held, wanted, (held_at, wanted_at)) = (edge.held, edge.wanted, edge.places);
        // Writing to a string cannot fail.
        let _ = writeln!(dot, "  {held:?} -> {wanted:?} [label=\"{held_at}\\n{wanted_at}\"{colour}];");
    }
    dot + "}\n"
}
