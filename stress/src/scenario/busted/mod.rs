//! Scenarios with a planted bug. Each shows that a detector works: the run must fail. One file for each kind of bug.

mod answers;
mod contracts;
mod crashes;
mod forks;
mod orders;
mod timeouts;
mod wakeups;
mod wipes;

use super::{Contract, RunContext, Scenario, ScenarioError, Worker};

/// All of them.
pub(super) static ALL: &[&Scenario] = &[
    &orders::COFFER,
    &orders::SITE,
    &orders::OWN_LOCK,
    &orders::RECURSION,
    &wakeups::LOST,
    &wakeups::RARELY_LOST,
    &wakeups::GIVEN_UP,
    &timeouts::IGNORED,
    &contracts::COFFER_HELD,
    &contracts::BUFFERS_HELD,
    &contracts::BUFFER_HELD,
    &contracts::POOL_HELD,
    &contracts::SOMETIMES_SLOW,
    &contracts::ONCE_SLOW,
    &contracts::STARVED,
    &wipes::BYTE_LEFT,
    &wipes::BUFFER_LEFT,
    &wipes::MEMORY_LEFT,
    &wipes::GROWTH,
    &answers::WRONG_BYTE,
    &answers::UNTOLD,
    &answers::UNCOUNTED,
    &answers::PANIC,
    &answers::IDLE,
    &answers::VACUOUS,
    &forks::HANGING_CHILD,
    &crashes::FAULT,
    &crashes::OVERFLOW,
    &crashes::ABORT,
];

/// Runs the same on all workers until time is up.
fn repeat<'s>(context: &'s RunContext<'s>, work: impl Fn(&mut Worker<'s>) + Sync) -> Result<(), ScenarioError> {
    context.run_workers(|worker| {
        while worker.should_continue() {
            work(worker);
        }
    })?;
    Ok(())
}
