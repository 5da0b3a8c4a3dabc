//! Schedules in files: what a run saves when it fails, and a replay follows.
//!
//! A file is text. Its header names the scenario and the seed of its choices; then come the steps, where `3x5` is "thread 3 makes
//! five steps" and `r` is "a number is drawn". Thread 0 is the one that starts the others.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, fs, io};

/// What the first line says. Any change of shape or meaning raises the number.
const FORMAT: &str = "memguard-schedule/1";

/// Steps in one line of a file.
const STEPS_PER_LINE: usize = 24;

/// A schedule that can be followed again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    scenario: String,
    seed: u64,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Run { thread: usize, times: usize },
    Draw,
}

impl Saved {
    /// The name of the scenario that it is a schedule of.
    pub fn scenario(&self) -> &str {
        &self.scenario
    }

    fn steps(&self) -> String {
        let words = self.steps.iter().map(ToString::to_string).collect::<Vec<_>>();
        words.chunks(STEPS_PER_LINE).map(|line| line.join(" ") + "\n").collect()
    }

    /// Reads a file that [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// If it cannot be read, or is no schedule.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        Self::parse(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("no {FORMAT} file")))
    }

    /// Writes the file, and the folder it is to be in.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(path, self.text())
    }

    pub(super) fn scheduler(&self) -> shuttle::scheduler::ReplayScheduler {
        let mut schedule = Schedule::new(self.seed);
        for step in &self.steps {
            match *step {
                Step::Draw => schedule.push_random(),
                Step::Run { thread, times } => (0..times).for_each(|_| schedule.push_task(TaskId::from(thread))),
            }
        }
        shuttle::scheduler::ReplayScheduler::new_from_schedule(schedule)
    }

    fn ran(&mut self, ran: usize) {
        match self.steps.last_mut() {
            Some(Step::Run { thread, times }) if *thread == ran => *times += 1,
            _ => self.steps.push(Step::Run { thread: ran, times: 1 }),
        }
    }

    fn text(&self) -> String {
        format!("{FORMAT}\nscenario {}\nseed {}\n{}", self.scenario, self.seed, self.steps())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != FORMAT {
            return None;
        }
        let scenario = lines.next()?.strip_prefix("scenario ")?.to_owned();
        let seed = lines.next()?.strip_prefix("seed ")?.parse().ok()?;
        let step = |word: &str| match word.split_once('x') {
            None => (word == "r").then_some(Step::Draw),
            Some((thread, times)) => Some(Step::Run { thread: thread.parse().ok()?, times: times.parse().ok()? }),
        };
        let steps = lines.flat_map(str::split_whitespace).map(step).collect::<Option<_>>()?;
        Some(Self { scenario, seed, steps })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Run { thread, times } => write!(f, "{thread}x{times}"),
            Step::Draw => f.write_str("r"),
        }
    }
}

/// A scheduler that leaves every choice to another and keeps the schedule of the latest execution.
pub(super) struct Recorder<S> {
    scheduler: S,
    latest: Latest,
}

/// The latest schedule, shared between the recorder and whoever asks for it when the run is over.
#[derive(Clone, Default)]
pub(super) struct Latest(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    schedule: Saved,
    executions: u64,
    steps: u64,
}

impl Latest {
    /// The schedule of the latest execution, as one of this scenario.
    pub(super) fn saved(&self, scenario: &str) -> Saved {
        Saved { scenario: scenario.to_owned(), ..self.with(|latest| latest.schedule.clone()) }
    }

    /// How many executions there were, and how many steps in all of them.
    pub(super) fn totals(&self) -> (u64, u64) {
        self.with(|latest| (latest.executions, latest.steps))
    }

    fn with<R>(&self, look: impl FnOnce(&mut Recorded) -> R) -> R {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S> Recorder<S> {
    pub(super) fn new(scheduler: S) -> (Self, Latest) {
        let latest = Latest::default();
        (Self { scheduler, latest: latest.clone() }, latest)
    }
}

impl<S: Scheduler> Scheduler for Recorder<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let begun = self.scheduler.new_execution()?;
        self.latest.with(|latest| {
            latest.executions += 1;
            latest.schedule.seed = begun.seed;
            latest.schedule.steps.clear();
        });
        Some(begun)
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, is_yielding: bool) -> Option<TaskId> {
        let chosen = self.scheduler.next_task(runnable, current, is_yielding)?;
        self.latest.with(|latest| {
            latest.steps += 1;
            latest.schedule.ran(chosen.into());
        });
        Some(chosen)
    }

    fn next_u64(&mut self) -> u64 {
        self.latest.with(|latest| latest.schedule.steps.push(Step::Draw));
        self.scheduler.next_u64()
    }
}
