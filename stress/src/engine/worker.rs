//! A worker: one thread of a scenario, with what it needs to decide, to count and to report.

use super::board::Beating;
use super::latency::Latencies;
use super::stage::{Round, Stage};
use crate::Violation;
use crate::ops::{Actor, Choices, Environment, Mix, Op};
use memguard::Session;
use std::time::Instant;

/// One thread of a scenario.
#[derive(Debug)]
pub struct Worker<'s> {
    stage: &'s Stage<'s>,
    index: usize,
    beating: Beating,
    latencies: Latencies,
    /// What this thread does, fixed by the seed, the scenario and the thread's number.
    pub choices: Choices,
}

impl<'s> Worker<'s> {
    pub(super) fn new(stage: &'s Stage<'s>, round: Round, index: usize, beating: Beating) -> Self {
        let choices = Choices::new(stage.seed(), stage.stream(round, index));
        Self { stage, index, beating, latencies: Latencies::new(), choices }
    }

    /// The number of this worker among those of its scenario, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The session that the scenario is about.
    pub fn session(&self) -> &'s Session {
        self.stage.session()
    }

    /// The scenario that it works for.
    pub fn stage(&self) -> &'s Stage<'s> {
        self.stage
    }

    /// Whether there is time for another operation.
    pub fn goes_on(&self) -> bool {
        !self.stage.is_over()
    }

    /// Performs one operation: timed, counted, and named to the watchdog if it does not come back.
    pub fn op<R>(&mut self, doing: &'static str, operation: impl FnOnce() -> R) -> R {
        self.beating.begin(doing);
        let began = Instant::now();
        let result = operation();
        self.latencies.record(began.elapsed());
        self.beating.beat();
        result
    }

    /// Reports what a judgement found, if anything.
    pub fn report(&self, judgement: Result<(), Violation>) {
        if let Err(violation) = judgement {
            self.stage.findings().add(violation);
        }
    }

    /// An actor for this worker.
    pub fn actor<'h>(&self, hazards: Environment<'h>) -> Actor<'h>
    where
        's: 'h,
    {
        let stage = self.stage;
        // Actors are numbered from 1, so that scenarios can name contents below that.
        Actor::new(stage.session(), stage.tally(), hazards, stage.seed(), self.index as u64 + 1)
    }

    /// Draws an operation and lets the actor perform it.
    pub fn act(&mut self, actor: &mut Actor<'_>, mix: Mix) {
        let op = Op::draw(&mut self.choices, mix);
        let judgement = self.op(op.name(), || actor.apply(&op));
        self.report(judgement);
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.stage.merge(&self.latencies);
    }
}
