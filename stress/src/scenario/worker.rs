//! A worker: one thread of a scenario.

use super::context::RunContext;
use super::executor::WorkerControl;
use crate::Violation;
use crate::ops::{Actor, Choices, Content, Environment, OpMix, Tally};
use memguard::Session;

/// One thread of a scenario.
pub struct Worker<'s> {
    context: &'s RunContext<'s>,
    /// Its index among the workers of its scenario, from 0.
    pub index: usize,
    control: Box<dyn WorkerControl>,
    last_id: u64,
    /// The worker's decisions. The seed, the scenario, the phase and the worker's index fix them.
    pub choices: Choices,
}

impl<'s> Worker<'s> {
    pub(super) fn new(
        context: &'s RunContext<'s>,
        index: usize,
        choices: Choices,
        control: Box<dyn WorkerControl>,
    ) -> Self {
        // An actor numbers its contents from `number << 40`. The worker's own contents start in the middle of that
        // range.
        let last_id = actor_number(index) << 40 | 1 << 39;
        Self { context, index, control, last_id, choices }
    }

    /// The scenario's session.
    pub fn session(&self) -> &'s Session {
        self.context.session
    }

    /// The seed of the run.
    pub fn seed(&self) -> u64 {
        self.context.seed
    }

    /// Counts the degraded outcomes that callers were told of.
    pub fn tally(&self) -> &'s Tally {
        self.context.tally
    }

    /// Whether there is time for another operation.
    pub fn should_continue(&self) -> bool {
        !self.control.should_stop()
    }

    /// Runs one operation. The engine times and counts it. The watchdog names it if it does not return.
    pub fn op<R>(&mut self, name: &'static str, operation: impl FnOnce() -> R) -> R {
        self.control.begin(name);
        let result = operation();
        self.control.complete();
        result
    }

    /// Reports the violation that a check found, if it found one.
    pub fn check(&self, result: Result<(), Violation>) {
        self.context.violations.check(result);
    }

    /// The id of a new content. No other worker and no actor uses it in this phase.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A new content.
    pub fn next_content(&mut self) -> Content {
        Content::new(self.seed(), self.next_id())
    }

    /// An actor for this worker.
    pub fn actor<'h>(&self, environment: Environment<'h>) -> Actor<'h>
    where
        's: 'h,
    {
        Actor::new(self.session(), self.tally(), environment, self.seed(), actor_number(self.index))
    }

    /// Draws an operation and lets the actor perform it.
    ///
    /// # Errors
    /// The broken guarantee.
    pub fn draw_and_apply(&mut self, actor: &mut Actor<'_>, mix: OpMix) -> Result<(), Violation> {
        let op = mix.draw(&mut self.choices);
        self.op(op.name(), || actor.apply(&op))
    }
}

/// Actors are numbered from 1. Scenarios number the contents that they make before the workers start from 0.
fn actor_number(index: usize) -> u64 {
    index as u64 + 1
}
