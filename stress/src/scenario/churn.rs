//! churn: buffers are created and destroyed on all threads at once.
//!
//! Every buffer belongs to one thread, so the reference model predicts every answer exactly. The threads contend for
//! the registry and the pool. No thread waits for the registry: if it is busy, a new buffer is parked and a destroyed
//! one leaves a tombstone. The session has one shard, so that the threads meet.

use super::{Contract, RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::*;
use crate::ops::{Actor, Environment, OpMix};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "churn",
    purpose: "create, fill, read, freeze, melt, clone and destroy buffers on all threads",
    expects: &["parked_registrations", "deferred_removals"],
    min_threads: 2,
    contract: Contract::FAIR,
    configure: |builder| builder.shards(1),
    run,
    ..Scenario::PLAIN
};

#[rustfmt::skip]
const MIX: OpMix = OpMix(&[
    (6, CREATE), (4, LOOK), (4, WRITE), (1, EDIT), (1, INSPECT), (1, CLONE), (6, END), (2, STREAM), (1, FROM_READER),
    (1, SEAL), (1, SEAL_BYTES),
]);

/// Every phase ends with the final check.
const PHASES: u32 = 8;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_phases(PHASES, |_, worker| work(worker), |actors| context.final_check(actors))?;
    Ok(())
}

fn work<'s>(worker: &mut Worker<'s>) -> Actor<'s> {
    let mut actor = worker.actor(Environment::default());
    while worker.should_continue() {
        let result = worker.draw_and_apply(&mut actor, MIX);
        worker.check(result);
    }
    actor
}
