//! mixed: all operations of the language, on private and on shared things, in one session.
//!
//! The other scenarios have one subject each. A bug between two subjects, such as a stream that is drained while its
//! key is purged inside an access, needs operations that only meet here. Every phase draws the weight of each operation
//! anew, so one run has phases of different kinds. The last phase uses the weights of the mix itself, so every
//! operation occurs under every seed.
//!
//! `Op::Fault` does nothing here, because a scenario has no simulated system to make fail.

use super::{Contract, Phase, RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::MIXED;
use crate::ops::{Actor, Choices, Environment, Op, PurgeWatch, SharedState};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "mixed",
    purpose: "all operations on private and shared buffers, enclaves and streams, with weights that the seed draws",
    expects: &["accesses_refused", "handed_over_wipes"],
    min_threads: 2,
    contract: Contract::FAIR,
    run,
    ..Scenario::PLAIN
};

/// Every phase ends with the final check.
const PHASES: u32 = 8;

/// The stream of the decisions about weights. Those of workers are far below.
const WEIGHTS: u64 = u64::MAX;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    run_in_phases(context, PHASES)
}

/// Does the work in so many phases.
pub(super) fn run_in_phases(context: &RunContext<'_>, phases: u32) -> Result<(), ScenarioError> {
    let mut choices = Choices::new(context.seed, WEIGHTS);
    let weights: Vec<Vec<usize>> = (1..phases).map(|_| MIXED.draw_weights(&mut choices)).collect();
    let weights_of = |phase: Phase| weights.get(phase.number as usize).map_or(MIXED.weights(), Vec::clone);
    let (shared, watch) = (SharedState::default(), PurgeWatch::default());
    let at_rest = |actors| {
        shared.clear();
        context.final_check(actors);
    };
    context.run_phases(phases, |phase, worker| work(worker, &weights_of(phase), &shared, &watch), at_rest)?;
    Ok(())
}

fn work<'h, 's: 'h>(
    worker: &mut Worker<'s>,
    weights: &[usize],
    shared: &'h SharedState,
    watch: &'h PurgeWatch,
) -> Actor<'h> {
    let environment = Environment { purges: Some(watch), ..Environment::default() };
    let mut actor = worker.actor(environment).with_shared(shared);
    if worker.choices.one_in(3) {
        // Only simulated waits expire.
        worker.check(actor.apply(&Op::ExpireWaits));
    }
    while worker.should_continue() {
        let op = MIXED.draw_weighted(weights, &mut worker.choices);
        let result = worker.op(op.name(), || actor.apply(&op));
        worker.check(result);
    }
    actor
}
