//! The loop of most of them.

use crate::scenario::{RunContext, ScenarioError, Worker};

/// Runs the same on all workers until time is up.
pub(super) fn repeat<'s>(
    context: &'s RunContext<'s>,
    work: impl Fn(&mut Worker<'s>) + Sync,
) -> Result<(), ScenarioError> {
    context.run_workers(|worker| {
        while worker.should_continue() {
            work(worker);
        }
    })?;
    Ok(())
}
