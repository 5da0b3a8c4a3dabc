//! What is known no more.

use super::records::abandon_record;
use super::state::inside;
use crate::class::Class;
use crate::graph::Graph;
use crate::threads::leaf::CROWD;

/// Forgets the graph, the reports, and what threads took and released again.
pub(crate) fn forget() {
    inside(|world| {
        world.graph = Graph::default();
        world.reports.clear();
        world.read_twice.clear();
        world.lack_writers.clear();
        world.ordered.clear();
        world.threads.values_mut().for_each(|thread| thread.past.forget());
        for record in &world.records {
            record.outdate();
            if CROWD {
                // Its thread was given up with the execution of a model.
                abandon_record(record);
            }
        }
    });
}

/// A lock of a class that nests is gone.
#[cold]
pub(crate) fn forget_lock(class: &Class, instance: u64) {
    inside(|world| world.graph.forget_lock(class.index, instance));
}

/// An event is gone: nobody waits for it any more. What was learned of it can still be part of a cycle.
#[cold]
pub(crate) fn end_event(instance: u64) {
    inside(|world| world.graph.messages.end(instance));
}
