//! Runs shuttle: its configuration, the recording of schedules, and the report of a failure. No other file runs it.

use super::saved::SavedSchedule;
use super::{asked, panics};
use crate::mutex::lock;
use crate::panic_payload;
use memguard::sync::model_control;
use memguard_lockdep::WaitGraph;
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, Runner};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, Once};

/// The stack of each thread. The library overwrites a part of it after each use of a key, and nested accesses need
/// room.
const STACK_BYTES: usize = 512 * 1024;

thread_local! {
    /// Whether a run is under way, which reports its own panics.
    static RUNS: Cell<bool> = const { Cell::new(false) };
    /// The message and the place of its first panic.
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How many executions there were, the failed one included.
    pub executions: u64,
    /// How many steps they had together.
    pub steps: u64,
    /// The schedule of the last execution.
    pub latest: SavedSchedule,
    /// How the last execution failed, if it did.
    pub failure: Option<Failure>,
}

/// How an execution failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The message of the first panic: of an oracle, an assertion, or a deadlock.
    pub text: String,
    /// What each thread held and waited for at that moment.
    pub waits: String,
}

/// Runs `body` under every schedule that the scheduler gives, until one fails.
pub fn explore(scheduler: impl Scheduler + 'static, body: impl Fn() + Send + Sync + 'static) -> Explored {
    listen();
    let latest = Arc::new(Mutex::new(Recorded::default()));
    let recorder = Recorder { scheduler, latest: Arc::clone(&latest) };
    SAID.set(None);
    panics::forget();
    RUNS.set(true);
    model_control::expect_panics(true);
    let run = catch_unwind(AssertUnwindSafe(|| {
        Runner::new(recorder, config()).run(move || {
            // The threads of each execution get the same shards, each with one spare page.
            model_control::set_shards(1, 1);
            body();
        })
    }));
    RUNS.set(false);
    model_control::expect_panics(false);
    let failure = run.err().map(|payload| Failure {
        text: SAID.take().unwrap_or_else(|| panic_payload::message(&*payload).to_owned()),
        waits: WaitGraph::now().to_string(),
    });
    let Recorded { schedule, executions, steps } = std::mem::take(&mut *lock(&latest));
    Explored { executions, steps, latest: schedule, failure }
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = STACK_BYTES;
    // The recorder keeps the schedule that fails.
    config.failure_persistence = FailurePersistence::None;
    // shuttle warns that it treats every memory order as SeqCst. model-tests/README.md says so.
    config.silence_warnings = true;
    config
}

/// Installs a panic hook. From then on a panic that is not planted ends its run, and [`explore`] reports it. Guards
/// change nothing after such a panic, so the report shows the state at that moment.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The first run installs shuttle's own hook, which prints every panic. The hook below must come before it.
        let nothing = shuttle::scheduler::RandomScheduler::new_from_seed(0, 1);
        Runner::new(nothing, config()).run(|| ());
        panic_payload::silence_planted();
        asked::listen();
        let others = take_hook();
        set_hook(Box::new(move |info| {
            if !RUNS.get() || panic_payload::is_planted(info.payload()) {
                return others(info);
            }
            model_control::expect_panics(false);
            SAID.with_borrow_mut(|said| {
                said.get_or_insert_with(|| text_of(info));
            });
        }));
    });
}

/// A panic in words, with its place.
fn text_of(info: &PanicHookInfo<'_>) -> String {
    let message = panic_payload::message(info.payload());
    // Messages of shuttle itself: no thread can go on, or the threads never end. Their place is inside shuttle.
    if message.starts_with("deadlock") || message.starts_with("exceeded max_steps") {
        return format!("PROGRESS: {message}");
    }
    let place = info.location().map(|place| format!(", at {place}"));
    message.to_owned() + &place.unwrap_or_default()
}

/// A scheduler that passes every choice to another one and records the schedule of the latest execution.
struct Recorder<S> {
    scheduler: S,
    latest: Arc<Mutex<Recorded>>,
}

#[derive(Default)]
struct Recorded {
    schedule: SavedSchedule,
    executions: u64,
    steps: u64,
}

impl<S: Scheduler> Scheduler for Recorder<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let begun = self.scheduler.new_execution()?;
        let mut latest = lock(&self.latest);
        latest.executions += 1;
        latest.schedule.begin(begun.seed);
        Some(begun)
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, is_yielding: bool) -> Option<TaskId> {
        let chosen = self.scheduler.next_task(runnable, current, is_yielding)?;
        let mut latest = lock(&self.latest);
        latest.steps += 1;
        latest.schedule.ran(chosen.into());
        Some(chosen)
    }

    fn next_u64(&mut self) -> u64 {
        lock(&self.latest).schedule.drew();
        self.scheduler.next_u64()
    }
}
