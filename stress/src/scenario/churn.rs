//! churn: buffers are created and destroyed on all threads at once.
//!
//! Every buffer belongs to one thread, so the reference model predicts every answer exactly. The threads contend for
//! the registry and the pool. No thread waits for the registry: if it is busy, a new buffer is parked and a destroyed
//! one leaves a tombstone.

use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::ops::{self, Actor, Environment, Mix};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "churn",
    purpose: "create, fill, read, freeze, melt, clone and destroy buffers on all threads",
    expects: &["parked_registrations", "deferred_removals"],
    min_threads: 2,
    configure: |builder| builder,
    run,
};

const MIX: Mix = &[
    (6, ops::create),
    (4, ops::read),
    (4, ops::write),
    (2, ops::simple),
    (1, ops::clone),
    (6, ops::end),
    (2, ops::stream),
    (1, ops::from_reader),
    (1, ops::seal),
];

/// Every phase ends with the final check.
const PHASES: u32 = 8;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_phases(PHASES, |_, worker| work(worker), |actors| context.final_check(actors))?;
    Ok(())
}

fn work<'s>(worker: &mut Worker<'s>) -> Actor<'s> {
    let mut actor = worker.actor(Environment::default());
    while worker.should_continue() {
        worker.draw_and_apply(&mut actor, MIX);
    }
    actor
}
