//! nested: accesses inside accesses.
//!
//! Half of the workers nest shared buffers in one order and half in the opposite order. Every worker re-enters its own
//! buffers in every way. `long-holders` has the waits that end at the acquire timeout.

mod opposite_orders;
mod reentry;

use super::{RunContext, Scenario, ScenarioError};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "nested",
    purpose: "nest accesses in opposite orders, re-enter in every way, destroy inside",
    expects: &["accesses_refused", "handed_over_wipes"],
    min_threads: 2,
    run,
    ..Scenario::PLAIN
};

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let shared = opposite_orders::shared_buffers(context)?;
    context.run_workers(|worker| {
        while worker.should_continue() {
            let result = match worker.choices.below(4) {
                0..2 => opposite_orders::nest(worker, &shared),
                2 => reentry::reenter(worker),
                _ => reentry::destroy_inside(worker),
            };
            worker.check(result);
        }
    })?;
    Ok(())
}
