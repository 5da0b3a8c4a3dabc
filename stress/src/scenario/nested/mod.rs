//! nested: accesses inside accesses.
//!
//! Half of the workers nest shared buffers in one order and half in the opposite order. Every worker re-enters its own
//! buffers in every way. One worker stays in an access for as long as another one waits for the buffer. The wait must
//! end by itself.

mod opposite_orders;
mod reentry;
mod waiting;

use super::{Contract, RunContext, Scenario, ScenarioError};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "nested",
    purpose: "nest accesses in opposite orders, re-enter in every way, destroy inside, wait for a buffer in use",
    expects: &["accesses_refused", "acquire_timeouts", "handed_over_wipes"],
    min_threads: 4,
    contract: Contract::USUAL,
    configure: |builder| builder.acquire_timeout(waiting::ACQUIRE_TIMEOUT),
    run,
};

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let shared = opposite_orders::shared_buffers(context)?;
    let held = waiting::HeldBuffer::new(context)?;
    context.run_workers(|worker| match worker.index {
        0 => held.hold(worker),
        1 => held.wait(worker),
        _ => {
            while worker.should_continue() {
                let result = match worker.choices.below(4) {
                    0..2 => opposite_orders::nest(worker, &shared),
                    2 => reentry::reenter(worker),
                    _ => reentry::destroy_inside(worker),
                };
                worker.check(result);
            }
        }
    })?;
    Ok(())
}
