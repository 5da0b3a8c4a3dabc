//! What was found, and who is told.

use super::state::inside;
use crate::graph::Context;
use crate::report::Report;
use once_cell::race::OnceBox;
use std::sync::Arc;

static OBSERVER: OnceBox<fn(&Report)> = OnceBox::new();

pub(super) fn tell(reports: Vec<Report>) {
    if let Some(observer) = OBSERVER.get() {
        reports.iter().for_each(observer);
    }
}

/// All contexts and all reports.
pub(crate) fn graph_and_reports() -> (Vec<Arc<Context>>, Vec<Report>) {
    inside(|world| (world.graph.all().cloned().collect(), world.reports.clone()))
}

/// All reports so far.
pub(crate) fn all_reports() -> Vec<Report> {
    inside(|world| world.reports.clone())
}

/// Has each new report told from now on. Returns `false` if there is an observer already.
pub(crate) fn observe(observer: fn(&Report)) -> bool {
    OBSERVER.set(Box::new(observer)).is_ok()
}
