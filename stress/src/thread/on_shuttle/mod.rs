//! Threads of shuttle: one thread of the system runs them all, a step at a time, as the schedule says. So a run can be
//! repeated exactly.

mod alone;
mod asked;
mod clock;
mod explore;
mod panics;
mod saved;

pub(crate) use alone::{alone, nothing_is_held};
pub use explore::{Explored, Failure, explore};
pub use panics::{alone_with_panic, before_panic};
pub use saved::SavedSchedule;
pub use shuttle::sync::Mutex;
pub use shuttle::thread::{JoinHandle, spawn, yield_now};

use self::clock::{CLOCK, Steps};
use super::ByteSchedule;
use crate::mutex::lock;
use memguard::sync::model_control::{self, Timed, set_timed_here};
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static LATEST: RefCell<SavedSchedule> = RefCell::default();
}

/// Runs `body` once and returns its answer. `schedule`, read as a [`ByteSchedule`], decides each step. First
/// waits until no other run is under way in this process.
///
/// # Panics
/// If `body` panics, or if no thread can go on. The panic says which thread holds what and waits for what.
pub fn run<R: Send + 'static>(schedule: &[u8], body: impl Fn() -> R + Send + Sync + 'static) -> R {
    run_to_the_end(schedule, None, body)
}

/// Like [`run`], in simulated time. The seed `clock` fixes how long each step takes. When every thread waits, the first
/// timeout expires.
///
/// # Panics
/// As [`run`], and if every thread waits and the first timeout is more than a second away.
pub fn run_in_time<R: Send + 'static>(schedule: &[u8], clock: u64, body: impl Fn() -> R + Send + Sync + 'static) -> R {
    run_to_the_end(schedule, Some(clock), body)
}

fn run_to_the_end<R: Send + 'static>(
    schedule: &[u8],
    clock: Option<u64>,
    body: impl Fn() -> R + Send + Sync + 'static,
) -> R {
    let _alone = alone();
    let answer = Arc::new(std::sync::Mutex::new(None));
    let explored = follow(schedule, clock, {
        let answer = Arc::clone(&answer);
        move || {
            let got = body();
            *lock(&answer) = Some(got);
        }
    });
    LATEST.set(explored.latest);
    if let Some(Failure { text, waits }) = explored.failure {
        panic!("{text}\nwhich thread holds what and waits for what:\n{waits}");
    }
    let answer = lock(&answer).take();
    answer.expect("an execution that does not fail runs its body to the end")
}

/// Runs `body` once. `schedule`, read as a [`ByteSchedule`], decides each step. With a `clock`, as [`run_in_time`].
pub fn follow(schedule: &[u8], clock: Option<u64>, body: impl Fn() + Send + Sync + 'static) -> Explored {
    let schedule = ByteSchedule::new(schedule);
    let Some(clock) = clock else {
        return explore(Once { is_next: true, schedule }, body);
    };
    let scheduler = InTime { inner: Once { is_next: true, schedule }, steps: Steps::new(clock), before: (None, false) };
    let explored = explore(scheduler, move || clock::beside(&body));
    // A run that failed left its clock.
    model_control::clock::stop();
    explored
}

/// The steps of the latest [`run`] on this thread of the system.
pub fn latest_schedule() -> SavedSchedule {
    LATEST.with_borrow(Clone::clone)
}

/// From now on waits of this thread time out at once. Returns true.
pub fn expire_waits() -> bool {
    set_timed_here(Timed::Expires);
    true
}

/// How often the library's locks were asked for on this thread of the system, since its first run. Tests on other
/// threads ask for locks too.
pub fn acquisitions() -> Option<u64> {
    Some(asked::count())
}

/// A scheduler for one execution.
struct Once {
    is_next: bool,
    schedule: ByteSchedule,
}

impl Scheduler for Once {
    fn new_execution(&mut self) -> Option<Schedule> {
        std::mem::take(&mut self.is_next).then(|| Schedule::new(0))
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, is_yielding: bool) -> Option<TaskId> {
        let runnable: Vec<usize> = runnable.iter().map(|task| task.id().into()).collect();
        Some(self.schedule.next(&runnable, current.map(usize::from), is_yielding).into())
    }

    fn next_u64(&mut self) -> u64 {
        self.schedule.number()
    }
}

/// Lets time pass in each step, and runs the clock's thread when a timeout is due or no other thread can run.
struct InTime {
    inner: Once,
    steps: Steps,
    /// The thread that made the last step before those of the clock, and whether it yielded.
    before: (Option<TaskId>, bool),
}

impl Scheduler for InTime {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.inner.new_execution()
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, is_yielding: bool) -> Option<TaskId> {
        model_control::clock::pass(self.steps.next());
        if current != Some(CLOCK.into()) {
            self.before = (current, is_yielding);
        }
        let others: Vec<&Task> = runnable.iter().copied().filter(|task| task.id() != CLOCK.into()).collect();
        if others.is_empty() || others.len() < runnable.len() && clock::is_due() {
            return Some(CLOCK.into());
        }
        let (current, is_yielding) = self.before;
        self.inner.next_task(&others, current, is_yielding)
    }

    fn next_u64(&mut self) -> u64 {
        self.inner.next_u64()
    }
}
