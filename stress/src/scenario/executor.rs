//! What a scenario needs from the engine that runs it.
//!
//! Scenarios know these two traits and no engine. A second engine implements them and runs the same scenarios.

use super::error::Unfit;

/// Runs the workers of a scenario.
pub trait Executor: Sync {
    /// Runs one thread for each worker and returns when all have ended. Decides when the workers are to stop.
    ///
    /// # Errors
    /// [`Unfit`] if the system refuses to start the threads.
    fn run(&self, job: &Job<'_>) -> Result<(), Unfit>;
}

/// The work of all workers in one phase.
pub struct Job<'a> {
    /// The scenario's name.
    pub name: &'static str,
    /// The number of workers.
    pub workers: usize,
    /// The part of the scenario's time that the work takes.
    pub phase: Phase,
    /// Runs the worker with this index. Does not panic.
    pub run_worker: &'a (dyn Fn(usize, Box<dyn WorkerControl>) + Sync),
    /// Whether every expected outcome has occurred. Until then the last phase may take longer.
    pub is_complete: &'a dyn Fn() -> bool,
    /// How many degraded outcomes have occurred.
    pub degraded: &'a dyn Fn() -> u64,
}

/// The engine's side of one worker. Dropped when the worker ends.
pub trait WorkerControl {
    /// Whether the worker is to stop.
    fn should_stop(&self) -> bool;
    /// The worker begins an operation.
    fn begin(&mut self, operation: &'static str);
    /// The worker has completed the operation.
    fn complete(&mut self);
}

/// One of several equal parts of a scenario's time. No worker runs between two phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Counted from 0.
    pub number: u32,
    /// The number of phases.
    pub of: u32,
}

impl Phase {
    /// The only phase of a scenario.
    pub const WHOLE: Self = Self { number: 0, of: 1 };

    /// Whether no phase follows.
    pub fn is_last(self) -> bool {
        self.number + 1 == self.of
    }
}
