//! Runs a scenario under many schedules: counts and times them, and saves the one that fails.

use super::seen::Seen;
use crate::ops::{Program, Told};
use crate::thread::{Explored, Failure, SavedSchedule, alone, explore, nothing_is_held};
use memguard::sync::{Outcome, Site, lockdep};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fmt};

/// The default number of schedules.
const DEFAULT_SCHEDULES: usize = 5000;

/// The default seed. It is the same in every run, so a run can be repeated.
const DEFAULT_SEED: u64 = 20_261_123;

/// How the thread that makes the next step is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Each runnable thread is equally likely.
    Random,
    /// Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010). Threads have random priorities, which
    /// change at `depth - 1` random steps. Finds a bug that needs `depth` ordered steps with a known probability.
    Pct {
        /// How many steps must come in the right order for the bug.
        depth: usize,
    },
}

/// A scenario and how to run it.
#[derive(Debug)]
#[must_use = "a scenario does nothing until it is run"]
pub struct Deep {
    name: &'static str,
    policy: Policy,
    schedules: usize,
    seed: u64,
    folder: PathBuf,
    reaches: Vec<(Site, Outcome)>,
    sees: Vec<Told>,
    allows_violations: bool,
}

/// What a run without a failure did.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// How many schedules were run.
    pub schedules: u64,
    /// How many steps they had together.
    pub steps: u64,
    /// How long they took.
    pub seconds: f64,
}

/// The schedule that failed.
#[derive(Debug)]
pub struct Failed {
    /// Which one it was, counted from 1.
    pub schedule: u64,
    /// How long it took to reach it.
    pub seconds: f64,
    /// The message of the panic: of an oracle, an assertion, or a deadlock.
    pub text: String,
    /// The file that it was saved to.
    pub saved: PathBuf,
    /// What each thread held and waited for at that moment.
    pub waits: String,
    /// The program that it ran, as a Rust test. Empty if the scenario is no program.
    pub code: String,
}

impl Failed {
    /// Whether no thread could go on.
    pub fn is_deadlock(&self) -> bool {
        self.text.starts_with("PROGRESS: deadlock")
    }

    /// Whether the schedule does not fit the program, because the code has changed since it was saved.
    pub fn does_not_fit(&self) -> bool {
        ["scheduled task is not runnable", "expected random choice", "expected context switch"]
            .iter()
            .any(|shuttle| self.text.starts_with(shuttle))
    }

    /// Whether the replay followed the schedule to its end, where the saved run had failed, and the program goes on.
    pub fn ended_early(&self) -> bool {
        self.text.starts_with("schedule ended early")
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "schedule {} failed after {:.2} s: {}", self.schedule, self.seconds, self.text)?;
        write!(f, "{}", self.waits)?;
        if !self.code.is_empty() {
            writeln!(f, "as a test for stress/tests, which may run under another schedule:\n\n{}", self.code)?;
        }
        let path = self.saved.display();
        write!(f, "saved. Replay it with: cargo replay {path}")
    }
}

impl Deep {
    /// A scenario of this name. The environment variables `MEMGUARD_SCHEDULES` and `MEMGUARD_SEED` set the number of
    /// schedules and the seed. The defaults suit a check on every change.
    ///
    /// # Panics
    /// If a variable is not a number, or if the number of schedules is 0.
    pub fn new(name: &'static str, policy: Policy) -> Self {
        Self {
            name,
            policy,
            schedules: schedules(from_env("MEMGUARD_SCHEDULES")),
            seed: from_env("MEMGUARD_SEED").unwrap_or(DEFAULT_SEED),
            folder: target().join("schedules"),
            reaches: Vec::new(),
            sees: Vec::new(),
            allows_violations: false,
        }
    }

    /// Runs exactly this many schedules from this seed and ignores the environment. For planted bugs.
    pub fn exactly(mut self, schedules: usize, seed: u64) -> Self {
        (self.schedules, self.seed) = (schedules, seed);
        self
    }

    /// Saves a schedule that fails in this folder instead of `target/schedules`.
    pub fn saves_in(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// Fails if no schedule has this outcome at this site.
    pub fn reaches(mut self, site: Site, outcomes: &[Outcome]) -> Self {
        self.reaches.extend(outcomes.iter().map(|&outcome| (site, outcome)));
        self
    }

    /// Fails if any of these is never noted in [`Seen`], or if anything else is noted.
    pub fn sees(mut self, what: &[Told]) -> Self {
        self.sees.extend(what);
        self
    }

    /// The scenario breaks the lock order on purpose.
    pub fn allows_violations(mut self) -> Self {
        self.allows_violations = true;
        self
    }

    /// Runs the scenario, prints one line, and checks that it saw everything announced.
    ///
    /// # Panics
    /// If a schedule fails, or if something announced was not seen.
    pub fn run(self, body: impl Fn(&Seen) + Send + Sync + 'static) {
        let _alone = alone();
        let (before, seen) = (outcomes(), Seen::default());
        let (name, policy, seed) = (self.name, self.policy, self.seed);
        let passed = self.explore_alone(&seen, body).unwrap_or_else(|failed| panic!("{name} ({policy}): {failed}"));
        let Passed { schedules, steps, seconds } = passed;
        let mean = steps / schedules.max(1);
        // Straight to the stream, because libtest hides what a passing test prints. A closed one is no reason to fail.
        let _ = writeln!(
            std::io::stderr(),
            "deep {name} ({policy}): {schedules} schedules of {mean} steps on average, {seconds:.1} s, seed {seed}"
        );
        self.check_not_vacuous(&before, &seen);
    }

    /// Only explores. Returns a failure and prints nothing. For scenarios that must fail.
    ///
    /// # Errors
    /// The first schedule that failed.
    pub fn explore(self, body: impl Fn(&Seen) + Send + Sync + 'static) -> Result<Passed, Box<Failed>> {
        let _alone = alone();
        self.explore_alone(&Seen::default(), body)
    }

    /// Follows a saved schedule.
    ///
    /// # Errors
    /// How it failed. A saved schedule is expected to fail.
    pub fn replay(
        self,
        saved: &SavedSchedule,
        body: impl Fn(&Seen) + Send + Sync + 'static,
    ) -> Result<Passed, Box<Failed>> {
        let _alone = alone();
        self.explore_with(saved.scenario(), saved.scheduler(), &Seen::default(), body)
    }

    fn explore_alone(&self, seen: &Seen, body: impl Fn(&Seen) + Send + Sync + 'static) -> Result<Passed, Box<Failed>> {
        let (seed, schedules) = (self.seed, self.schedules);
        match self.policy {
            Policy::Random => self.explore_with(self.name, RandomScheduler::new_from_seed(seed, schedules), seen, body),
            Policy::Pct { depth } => {
                self.explore_with(self.name, PctScheduler::new_from_seed(seed, depth, schedules), seen, body)
            }
        }
    }

    fn explore_with(
        &self,
        scenario: &str,
        scheduler: impl Scheduler + 'static,
        seen: &Seen,
        body: impl Fn(&Seen) + Send + Sync + 'static,
    ) -> Result<Passed, Box<Failed>> {
        let may_violate = self.allows_violations;
        // What an earlier program broke, or held as it failed, is no concern of this one.
        lockdep::forget();
        let started = Instant::now();
        let explored = explore(scheduler, {
            let seen = seen.clone();
            move || {
                body(&seen);
                assert!(may_violate || lockdep::violation_count() == 0, "{}", violations());
                nothing_is_held();
            }
        });
        let seconds = started.elapsed().as_secs_f64();
        let Explored { executions, steps, latest, failure } = explored;
        let Some(Failure { text, waits }) = failure else {
            return Ok(Passed { schedules: executions, steps, seconds });
        };
        let saved = self.folder.join(format!("{}-{}.txt", self.name, self.policy));
        latest.of(scenario).write(&saved).expect("the schedule that failed cannot be saved");
        let code = seen.program().map_or_else(String::new, |seed| Program::deep(seed).to_code());
        Err(Box::new(Failed { schedule: executions, seconds, text, saved, waits, code }))
    }

    fn check_not_vacuous(&self, before: &HashMap<(Site, Outcome), u64>, seen: &Seen) {
        let (name, seen, now) = (self.name, seen.all(), outcomes());
        for &(site, outcome) in &self.reaches {
            let label = outcome.label();
            let reached = now.get(&(site, outcome)) > before.get(&(site, outcome));
            assert!(reached, "{name} is vacuous: no schedule has '{label}' at {site}");
        }
        for what in &self.sees {
            assert!(seen.contains(what), "{name} is vacuous: no schedule saw {what:?}");
        }
        for what in &seen {
            assert!(self.sees.contains(what), "{name} saw {what:?}, which it did not announce");
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Policy::Random => f.write_str("random"),
            Policy::Pct { depth } => write!(f, "pct{depth}"),
        }
    }
}

/// How often each site had each outcome, in this process.
fn outcomes() -> HashMap<(Site, Outcome), u64> {
    lockdep::outcomes().into_iter().map(|(site, outcome, count)| ((site, outcome), count)).collect()
}

fn violations() -> String {
    let list: String = lockdep::violations().iter().map(|violation| format!("  {violation}\n")).collect();
    format!("the lock order was broken:\n{list}")
}

fn schedules(wanted: Option<usize>) -> usize {
    assert_ne!(wanted, Some(0), "MEMGUARD_SCHEDULES is 0, so nothing would be explored: ask for at least 1");
    wanted.unwrap_or(DEFAULT_SCHEDULES)
}

fn from_env<T: std::str::FromStr>(name: &str) -> Option<T> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is '{value}', which is not a number")))
}

/// The workspace's target folder. cargo runs tests in the folder of their package.
fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target"))
}
