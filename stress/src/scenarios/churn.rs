//! churn: buffers come and go on all threads at once.
//!
//! Every buffer belongs to one thread, so each answer can be foretold exactly; what the threads fight over are the registry
//! and the pool. Nobody waits for the registry: a new buffer that finds it busy is parked, a destroyed one leaves a tombstone.

use super::Scenario;
use crate::engine::{Setback, Stage, Worker};
use crate::ops::{self, Actor, Environment, Mix};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "churn",
    purpose: "create, fill, read, freeze, melt, clone and destroy buffers on all threads",
    expects: &["parked_registrations", "deferred_removals"],
    min_threads: 2,
    configure: |builder| builder,
    play,
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

/// After each round every buffer that is left is called up.
const ROUNDS: u32 = 8;

fn play(stage: &Stage<'_>) -> Result<(), Setback> {
    stage.rounds(ROUNDS, |_, worker| work(worker), |actors| stage.roll_call(actors))?;
    Ok(())
}

fn work<'s>(worker: &mut Worker<'s>) -> Actor<'s> {
    let mut actor = worker.actor(Environment::default());
    while worker.goes_on() {
        worker.act(&mut actor, MIX);
    }
    actor
}
