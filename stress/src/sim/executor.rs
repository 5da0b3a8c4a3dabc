//! Runs the workers of a scenario on shuttle's threads, each for so many operations.

use crate::scenario::{Executor, Job, Unfit, WorkerControl};
use shuttle::thread::scope;

/// Has no clock. A worker stops after this many operations in each phase.
pub(super) struct SimThreads {
    pub(super) ops: u32,
}

impl Executor for SimThreads {
    fn run(&self, job: &Job<'_>) -> Result<(), Unfit> {
        let run_worker = job.run_worker;
        scope(|scope| {
            for index in 0..job.workers {
                scope.spawn(move || run_worker(index, Box::new(OpsLeft(self.ops))));
            }
        });
        Ok(())
    }
}

struct OpsLeft(u32);

impl WorkerControl for OpsLeft {
    fn should_stop(&self) -> bool {
        self.0 == 0
    }

    fn begin(&mut self, _: &'static str) {}

    fn complete(&mut self) {
        self.0 = self.0.saturating_sub(1);
    }
}
