//! Runs a scenario's workers, in one phase or several.

use super::context::RunContext;
use super::error::Unfit;
use super::executor::{Job, Phase, WorkerControl};
use super::worker::Worker;
use crate::mutex::lock;
use crate::ops::Choices;
use crate::panic_payload::message;
use crate::{Guarantee, Violation};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

impl RunContext<'_> {
    /// Starts the workers, waits until time is up and all have ended, and returns their results.
    ///
    /// `work` must return soon after [`Worker::should_continue`] says no. A panic that leaves it is a violation.
    ///
    /// # Errors
    /// [`Unfit`] if the system refuses to start the threads.
    pub fn run_workers<'s, R: Send>(&'s self, work: impl Fn(&mut Worker<'s>) -> R + Sync) -> Result<Vec<R>, Unfit> {
        self.run_phase(Phase::WHOLE, &work)
    }

    /// Like [`run_workers`](Self::run_workers), in several phases. After each phase, while no worker runs, `at_rest`
    /// gets the workers' results.
    ///
    /// # Errors
    /// [`Unfit`] if the system refuses to start the threads.
    pub fn run_phases<'s, R: Send>(
        &'s self,
        phases: u32,
        work: impl Fn(Phase, &mut Worker<'s>) -> R + Sync,
        at_rest: impl Fn(Vec<R>),
    ) -> Result<(), Unfit> {
        for number in 0..phases {
            let phase = Phase { number, of: phases };
            at_rest(self.run_phase(phase, &|worker: &mut Worker<'s>| work(phase, worker))?);
        }
        Ok(())
    }

    fn run_phase<'s, R: Send>(
        &'s self,
        phase: Phase,
        work: &(impl Fn(&mut Worker<'s>) -> R + Sync),
    ) -> Result<Vec<R>, Unfit> {
        let results = Mutex::new(Vec::new());
        let run_worker = |index: usize, control: Box<dyn WorkerControl>| {
            let choices = Choices::new(self.seed, stream(self.name, phase, index));
            let mut worker = Worker::new(self, index, choices, control);
            match catch_unwind(AssertUnwindSafe(|| work(&mut worker))) {
                Ok(result) => lock(&results).push(result),
                Err(payload) => {
                    let said = message(&*payload);
                    let message = format!("worker {index} died of a panic that was not planted: {said}");
                    self.violations.add(Violation::new(Guarantee::Progress, message));
                }
            }
        };
        self.executor.run(&Job {
            name: self.name,
            workers: self.workers,
            phase,
            run_worker: &run_worker,
            is_complete: &|| self.is_complete(),
            degraded: &|| self.session.health().degraded.iter().map(|(_, count)| count).sum(),
        })?;
        Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The number of a worker's stream of decisions. It is the same in every run.
fn stream(scenario: &str, phase: Phase, index: usize) -> u64 {
    let name = scenario.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    u64::from(name) << 32 | u64::from(phase.number) << 24 | index as u64
}
