//! A program and its schedule.

use super::ran::Ran;
use super::schedule;
use crate::Violation;
use crate::mutex::lock;
use crate::ops::{Choices, Program, Step, Tally};
use crate::thread::{alone, follow, nothing_is_held};
use memguard::Sim;
use memguard::sync::lockdep;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};

/// Timeouts of the programs whose waits may time out. A step takes a microsecond on average.
const TIMEOUTS_US: [u32; 4] = [1, 10, 100, 1000];

/// A program, and the schedule under which it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The program, with its faults.
    pub program: Program,
    /// Which thread makes each step, as a [`ByteSchedule`](crate::thread::ByteSchedule).
    pub schedule: Vec<u8>,
    /// Fixes how much simulated time each step takes.
    pub clock: u64,
}

impl Case {
    /// The case of this seed.
    ///
    /// ```
    /// use memguard_stress::sim::Case;
    /// assert!(Case::drawn(7) == Case::drawn(7) && Case::drawn(7) != Case::drawn(8));
    /// ```
    pub fn drawn(seed: u64) -> Self {
        let mut choices = Choices::new(seed, 0);
        let (mut program, schedule) = (Program::mixed(&mut choices), schedule::draw(&mut choices));
        if choices.one_in(3) {
            program.options.acquire_timeout_us = choices.pick(&TIMEOUTS_US);
        }
        Self { program, schedule, clock: seed }
    }

    /// Runs the case. One case runs at a time in a process.
    ///
    /// ```
    /// let case = memguard_stress::sim::Case::drawn(7);
    /// assert_eq!(case.run(), case.run());
    /// ```
    pub fn run(&self) -> Ran {
        self.run_with(|_| ())
    }

    /// Runs the case on pages in which `plant` has planted a bug.
    pub fn run_with(&self, plant: fn(&Sim)) -> Ran {
        let _alone = alone();
        lockdep::forget();
        let result: Arc<Mutex<Option<Result<Tally, Violation>>>> = Arc::default();
        let (program, slot) = (self.program.clone(), Arc::clone(&result));
        let explored = follow(&self.schedule, Some(self.clock), move || {
            let sim = program.options.sim();
            plant(&sim);
            let ran = program.run_on(&sim);
            // Leftovers of a program that failed are no news.
            ran.is_ok().then(nothing_is_held);
            *lock(&slot) = Some(ran);
        });
        let result = lock(&result).take();
        Ran::new(&explored, result)
    }

    /// A Rust test that runs exactly this case.
    pub fn to_code(&self) -> String {
        self.program.to_code_under(&self.schedule, self.clock)
    }

    /// The number of threads, the main one included.
    pub fn threads(&self) -> usize {
        1 + self.program.steps.iter().filter(|step| matches!(step, Step::Spawn(_))).count()
    }

    /// The number of operations, nested ones included.
    pub fn ops(&self) -> usize {
        self.program.ops()
    }
}
