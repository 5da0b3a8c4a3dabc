//! The edges of the graph, as pictures show them.

use crate::graph::Context;
use crate::place::Place;
use crate::report::{Report, Step};
use crate::world;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// An arrow from a class that was held to a class that was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) held: String,
    pub(crate) wanted: String,
    /// Where a thread took the one and asked for the other.
    pub(crate) places: (Place, Place),
    /// It is part of a deadlock.
    pub(crate) is_bad: bool,
}

impl Edge {
    fn of_context(context: &Context) -> Self {
        let (held, wanted) = (&context.held, &context.wanted);
        let places = (held.place, wanted.place);
        Self { held: held.class.to_string(), wanted: wanted.class.to_string(), places, is_bad: false }
    }

    fn of_step(step: &Step, is_bad: bool) -> Self {
        let (held, wanted) = (&step.held, &step.wanted);
        let places = (held.place, wanted.place);
        Self { held: held.class.to_string(), wanted: wanted.class.to_string(), places, is_bad }
    }
}

/// Every edge learned so far, by the names of its classes.
pub(crate) fn all() -> Vec<Edge> {
    let (contexts, reports) = world::graph_and_reports();
    let bad = reports.iter().flat_map(of_report).filter(|edge| edge.is_bad);
    // Those of a deadlock first: their places are the ones to look at.
    once(bad.chain(contexts.iter().map(|context| Edge::of_context(context))))
}

/// The edges of one report.
pub(crate) fn of_report(report: &Report) -> Vec<Edge> {
    let is_bad = report.verdict.is_deadlock();
    once(report.steps.iter().map(|step| Edge::of_step(step, is_bad)))
}

/// The first edge between any two classes.
fn once(edges: impl Iterator<Item = Edge>) -> Vec<Edge> {
    let mut found = BTreeMap::new();
    for edge in edges {
        if let Entry::Vacant(place) = found.entry((edge.held.clone(), edge.wanted.clone())) {
            place.insert(edge);
        }
    }
    found.into_values().collect()
}
