//! Schedules in files. A run that fails saves one, and a replay follows it.
//!
//! A file is text. Its header names the scenario and the seed of its choices. Then come the steps: `3x5` is "thread 3
//! makes five steps", and `r` is "a number is drawn". Thread 0 is the one that starts the others. The last word is
//! `end`, so that a file that was cut is no schedule.

use shuttle::scheduler::{ReplayScheduler, Schedule, TaskId};
use std::path::Path;
use std::{fmt, fs, io};

/// The first line of a file. Any change of shape or meaning raises the number.
const FORMAT: &str = "memguard-schedule/2";

/// The last word of a file.
const END: &str = "end";

/// The most steps that a file may have. The schedules of `cargo deep` have some thousands.
const MOST_STEPS: u64 = 10_000_000;

/// Steps in one line of a file.
const STEPS_PER_LINE: usize = 24;

/// A schedule that can be followed again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SavedSchedule {
    scenario: String,
    seed: u64,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Run { thread: usize, times: usize },
    Draw,
}

impl SavedSchedule {
    /// The name of its scenario.
    pub fn scenario(&self) -> &str {
        &self.scenario
    }

    /// How many steps its threads make.
    pub fn steps(&self) -> u64 {
        let times = self.steps.iter().map(|step| match *step {
            Step::Run { times, .. } => times as u64,
            Step::Draw => 0,
        });
        times.fold(0, u64::saturating_add)
    }

    /// The same schedule, under the name of this scenario.
    #[must_use]
    pub fn of(self, scenario: &str) -> Self {
        Self { scenario: scenario.to_owned(), ..self }
    }

    /// Reads a file that [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a schedule.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        Self::parse(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("not a {FORMAT} file")))
    }

    /// Writes the file, and makes its folder.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(path, self.text())
    }

    /// A scheduler that follows it.
    pub fn scheduler(&self) -> ReplayScheduler {
        let mut schedule = Schedule::new(self.seed);
        for step in &self.steps {
            match *step {
                Step::Draw => schedule.push_random(),
                Step::Run { thread, times } => (0..times).for_each(|_| schedule.push_task(TaskId::from(thread))),
            }
        }
        ReplayScheduler::new_from_schedule(schedule)
    }

    /// An execution begins.
    pub(super) fn begin(&mut self, seed: u64) {
        self.seed = seed;
        self.steps.clear();
    }

    /// This thread made a step.
    pub(super) fn ran(&mut self, ran: usize) {
        match self.steps.last_mut() {
            Some(Step::Run { thread, times }) if *thread == ran => *times += 1,
            _ => self.steps.push(Step::Run { thread: ran, times: 1 }),
        }
    }

    /// A number was drawn.
    pub(super) fn drew(&mut self) {
        self.steps.push(Step::Draw);
    }

    fn text(&self) -> String {
        let words = self.steps.iter().map(ToString::to_string).collect::<Vec<_>>();
        let steps: String = words.chunks(STEPS_PER_LINE).map(|line| line.join(" ") + "\n").collect();
        format!("{FORMAT}\nscenario {}\nseed {}\n{steps}{END}\n", self.scenario, self.seed)
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
        let mut words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        if words.pop()? != END {
            return None;
        }
        let steps = words.into_iter().map(step).collect::<Option<_>>()?;
        let saved = Self { scenario, seed, steps };
        // Without a step there is nothing to follow.
        (1..=MOST_STEPS).contains(&saved.steps()).then_some(saved)
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
