//! Threads of shuttle: one thread of the system runs them all, a step at a time, as the schedule says. So a run can be repeated
//! exactly.

use super::Turns;
use crate::panic_payload::{self, Planted};
use memguard::sync::{lockdep, model_control};
use shuttle::Runner;
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, Once, PoisonError};

pub use shuttle::thread::{JoinHandle, spawn, yield_now};

thread_local! {
    /// A run is going on, whose panics are for it to report.
    static RUNS: Cell<bool> = const { Cell::new(false) };
    /// What its first panic said, and where.
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
    /// Who made each step of the latest run.
    static STEPS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Runs `body` once, its threads making their steps as `schedule`, read as [`Turns`], says, and gives its answer.
///
/// # Panics
/// As `body` does, or if nobody can go on: the panic says who holds what and who waits for what.
pub fn run<R: Send + 'static>(schedule: &[u8], body: impl Fn() -> R + Send + Sync + 'static) -> R {
    listen();
    STEPS.with_borrow_mut(Vec::clear);
    let answer = Arc::new(Mutex::new(None));
    let runner = Runner::new(Scripted { next: Some(()), turns: Turns::new(schedule) }, model_control::shuttle_config());
    RUNS.set(true);
    model_control::expect_panics(true);
    let run = catch_unwind(AssertUnwindSafe(|| {
        let answer = Arc::clone(&answer);
        runner.run(move || {
            let got = body();
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(got);
        });
    }));
    RUNS.set(false);
    model_control::expect_panics(false);
    if let Err(payload) = run {
        let said = SAID.take().unwrap_or_else(|| panic_payload::message(&*payload).to_owned());
        panic!("{said}\nwho holds what and waits for what:\n{}", lockdep::snapshot());
    }
    let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
    answer.expect("an execution that does not fail runs its body to the end")
}

/// Who made each step of the latest run on this thread of the system: 0 is who began.
pub fn latest_steps() -> Vec<usize> {
    STEPS.with_borrow(Vec::clone)
}

/// To be called before a panic that is planted. Waits until no other thread unwinds: the library, which cannot ask shuttle who
/// does, supposes that there is one at most.
pub fn before_panic() {
    while std::thread::panicking() {
        yield_now();
    }
    // Forgets who was the last to.
    model_control::expect_panics(true);
}

/// From now on panics in runs, but for planted ones, are kept for [`run`] to report, and end the run: guards leave everything as
/// it is, so that the report can say how it was.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // shuttle's own hook, which has a word for every panic, is installed by the first run, and this one is to come before it.
        Runner::new(Scripted { next: Some(()), turns: Turns::new(&[]) }, model_control::shuttle_config()).run(|| ());
        panic_payload::silence_planted();
        let others = take_hook();
        set_hook(Box::new(move |info| {
            if !RUNS.get() || info.payload().is::<Planted>() {
                return others(info);
            }
            model_control::expect_panics(false);
            SAID.with_borrow_mut(|said| {
                said.get_or_insert_with(|| told(info));
            });
        }));
    });
}

/// A panic in words, with its place.
fn told(info: &PanicHookInfo<'_>) -> String {
    let message = panic_payload::message(info.payload());
    // shuttle's own words, and not from a place of ours: none of the threads can go on, or they go on for ever.
    if message.starts_with("deadlock") || message.starts_with("exceeded max_steps") {
        return format!("PROGRESS: {message}");
    }
    let place = info.location().map(|place| format!(", at {place}"));
    message.to_owned() + &place.unwrap_or_default()
}

/// One execution.
struct Scripted {
    next: Option<()>,
    turns: Turns,
}

impl Scheduler for Scripted {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.next.take().map(|()| Schedule::new(0))
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, is_yielding: bool) -> Option<TaskId> {
        let runnable: Vec<usize> = runnable.iter().map(|task| task.id().into()).collect();
        let chosen = self.turns.next(&runnable, current.map(usize::from), is_yielding);
        STEPS.with_borrow_mut(|steps| steps.push(chosen));
        Some(chosen.into())
    }

    fn next_u64(&mut self) -> u64 {
        self.turns.number()
    }
}
