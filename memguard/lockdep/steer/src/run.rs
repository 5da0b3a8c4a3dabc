//! Runs a program once under a policy. No other file runs `shuttle`.

use crate::execution::{Execution, is_inside};
use crate::hang::{Asked, Hang};
use crate::policy::{Choice, Policy, Rng};
use crate::quiet;
use crate::schedule::{Recorder, Schedule};
use memguard_lockdep::scheduler::{Ask, Fibers, observe_asks};
use shuttle::scheduler::{Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, Runner, future};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A program, to be run many times.
pub(crate) type Program = Arc<dyn Fn() + Send + Sync>;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// Every thread ended.
    Ended,
    /// No thread can go on.
    Hung(Hang),
    /// It had as many steps as it may have.
    TooLong,
    /// The policy gave it up.
    GivenUp,
    /// The program panicked, with this message.
    Panicked(String),
}

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) schedule: Schedule,
    pub(crate) end: End,
}

/// What a run may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) steps: usize,
    pub(crate) stack_bytes: usize,
}

/// The checker and the executions are those of the process, so there is one run at a time.
static ONE: Mutex<()> = Mutex::new(());

thread_local! {
    /// What the thread that runs has asked for since the last choice.
    static ASKED: RefCell<Option<Ask>> = const { RefCell::new(None) };
    /// Whether the checker learns from the runs.
    static LEARNS: Cell<bool> = const { Cell::new(false) };
}

/// The first thread makes this one first of all. It can always run and never does, so the policy is also asked when no
/// thread of the program can go on.
const WATCHER: usize = 1;

/// Several runs, one after the other, and no others meanwhile.
pub(crate) struct Runs {
    limits: Limits,
    learns: bool,
    program: Program,
    _one: MutexGuard<'static, ()>,
}

impl Runs {
    /// # Panics
    ///
    /// In a program that such a run is of.
    pub(crate) fn new(limits: Limits, learns: bool, program: Program) -> Self {
        assert!(!is_inside(), "a program under a schedule cannot be steered again from within");
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { limits, learns, program, _one: one }
    }

    /// One run. The numbers that the program draws come from the seed.
    pub(crate) fn run(&self, policy: impl Policy + 'static, seed: u64) -> Run {
        let shared = Arc::new(Mutex::new((Recorder::default(), End::Ended)));
        let steered = Steered {
            begun: false,
            policy: Box::new(policy),
            numbers: Rng::new(seed),
            steps: self.limits.steps,
            seed,
            fibers: Fibers::new(),
            asked: Asked::default(),
            shared: Arc::clone(&shared),
        };
        let mut config = Config::new();
        config.stack_size = self.limits.stack_bytes;
        config.failure_persistence = FailurePersistence::None;
        config.silence_warnings = true;
        let program = Arc::clone(&self.program);
        let body = move || {
            drop(future::spawn(async {}));
            program();
        };
        let learns = self.learns;
        // In a thread of its own: a run that hangs as it unwinds leaves its panic behind.
        let ran = thread::scope(|scope| {
            let run = || {
                LEARNS.set(learns);
                observe_asks(Some(note));
                let _execution = Execution::begin();
                quiet::run(|| Runner::new(steered, config).run(body))
            };
            scope.spawn(run).join()
        });
        let (recorder, end) = std::mem::replace(&mut *lock(&shared), (Recorder::default(), End::Ended));
        let end = match (ran, end) {
            // A thread that hangs as it unwinds is one more panic, once the execution is over.
            (_, hung @ End::Hung(_)) => hung,
            (Err(payload), _) => End::Panicked(message(&*payload)),
            (Ok(_), end) => end,
        };
        Run { schedule: Schedule { seed, ..recorder.schedule }, end }
    }
}

/// Called by the checker.
fn note(ask: Ask) -> bool {
    ASKED.set(Some(ask));
    LEARNS.get()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref().cloned()).unwrap_or_else(|| "a panic without a message".to_owned())
}

/// The scheduler of one execution.
struct Steered {
    begun: bool,
    policy: Box<dyn Policy>,
    numbers: Rng,
    /// How many steps it still may have.
    steps: usize,
    seed: u64,
    fibers: Fibers,
    asked: Asked,
    shared: Arc<Mutex<(Recorder, End)>>,
}

impl Steered {
    fn next(&mut self, choice: &Choice<'_>) -> Result<usize, End> {
        if let (Some(thread), Some(ask)) = (choice.current, &choice.asked) {
            self.asked.note(thread, ask);
        }
        if choice.runnable.is_empty() {
            self.fibers.leave();
            return Err(End::Hung(Hang { threads: self.fibers.threads(), asked: self.asked.all() }));
        }
        self.steps = self.steps.checked_sub(1).ok_or(End::TooLong)?;
        let chosen = self.policy.choose(choice).ok_or(End::GivenUp)?;
        lock(&self.shared).0.note(choice, chosen);
        self.fibers.switch_to(chosen);
        Ok(chosen)
    }
}

impl Scheduler for Steered {
    fn new_execution(&mut self) -> Option<shuttle::scheduler::Schedule> {
        let first = !std::mem::replace(&mut self.begun, true);
        first.then(|| shuttle::scheduler::Schedule::new(self.seed))
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, _is_yielding: bool) -> Option<TaskId> {
        // A thread that could only wake by accident waits.
        let can_run = |task: &&&Task| task.runnable() && usize::from(task.id()) != WATCHER;
        let mut threads: Vec<usize> = runnable.iter().filter(can_run).map(|task| task.id().into()).collect();
        threads.sort_unstable();
        let choice = Choice { runnable: &threads, current: current.map(usize::from), asked: ASKED.take() };
        match self.next(&choice) {
            Ok(thread) => Some(thread.into()),
            Err(end) => {
                self.fibers.leave();
                lock(&self.shared).1 = end;
                None
            }
        }
    }

    fn next_u64(&mut self) -> u64 {
        self.numbers.next()
    }
}
