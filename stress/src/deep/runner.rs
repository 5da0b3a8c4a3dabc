//! Running a scenario under many schedules: counting, timing, saving the one that fails.

use super::seen::Seen;
use crate::ops::Program;
use crate::thread::{Explored, Failure, SavedSchedule, explore};
use memguard::sync::{Outcome, Site, lockdep};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use std::{env, fmt};

/// libtest runs tests side by side, and lockdep counts for the whole process: so one run at a time.
static RUNNING: Mutex<()> = Mutex::new(());

/// How many schedules, where the environment does not say.
const DEFAULT_SCHEDULES: usize = 5000;

/// Where the choices start from, where the environment does not say: the same in every run, so that a run can be
/// repeated.
const DEFAULT_SEED: u64 = 20_261_123;

/// Who decides which thread makes the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Any thread that can, each as likely as the other.
    Random,
    /// Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): threads have random priorities, changed
    /// at `depth - 1` random steps. Finds each bug that needs so many ordered steps with a probability that is known.
    Pct {
        /// How many steps must come in the right order for the bug.
        depth: usize,
    },
}

/// A scenario, and how it is to be run.
#[derive(Debug)]
#[must_use = "a scenario does nothing until it is run"]
pub struct Deep {
    name: &'static str,
    policy: Policy,
    schedules: usize,
    seed: u64,
    folder: PathBuf,
    reaches: Vec<(Site, Outcome)>,
    sees: Vec<&'static str>,
    allows_violations: bool,
}

/// What a run without a failure did.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// How many schedules were run.
    pub schedules: u64,
    /// How many steps all of them had.
    pub steps: u64,
    /// How long they took.
    pub seconds: f64,
}

/// The schedule that failed.
#[derive(Debug)]
pub struct Failed {
    /// Which one it was, counted from 1.
    pub schedule: u64,
    /// How long it took to come to it.
    pub seconds: f64,
    /// What the panic said: an oracle, an assertion, or a deadlock.
    pub text: String,
    /// The file that it was saved to.
    pub saved: PathBuf,
    /// Which thread held what and waited for what then.
    pub waits: String,
    /// The program that it ran, as a Rust test. Empty if the scenario is no program.
    pub code: String,
}

impl Failed {
    /// Whether no thread could go on.
    pub fn is_deadlock(&self) -> bool {
        self.text.starts_with("PROGRESS: deadlock")
    }

    /// Whether the schedule that was followed belongs to another program: the code has changed since it was saved.
    pub fn does_not_fit(&self) -> bool {
        ["scheduled task is not runnable", "expected random choice"]
            .iter()
            .any(|shuttle| self.text.starts_with(shuttle))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "schedule {} failed after {:.2} s: {}", self.schedule, self.seconds, self.text)?;
        write!(f, "{}", self.waits)?;
        if !self.code.is_empty() {
            writeln!(f, "as a test, for stress/tests; its schedule may be another one:\n\n{}", self.code)?;
        }
        let path = self.saved.display();
        write!(f, "saved; replay it with: cargo replay {path}")
    }
}

impl Deep {
    /// A scenario of this name. `MEMGUARD_SCHEDULES` and `MEMGUARD_SEED` in the environment say how many schedules and
    /// where their choices start; the defaults suit a check on every change.
    ///
    /// # Panics
    /// If a variable is set to what is no number.
    pub fn new(name: &'static str, policy: Policy) -> Self {
        Self {
            name,
            policy,
            schedules: from_env("MEMGUARD_SCHEDULES").unwrap_or(DEFAULT_SCHEDULES),
            seed: from_env("MEMGUARD_SEED").unwrap_or(DEFAULT_SEED),
            folder: target().join("schedules"),
            reaches: Vec::new(),
            sees: Vec::new(),
            allows_violations: false,
        }
    }

    /// Exactly so many schedules from this seed, whatever the environment says: for planted bugs.
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

    /// Fails if any of these is never noted in [`Seen`], or anything else is.
    pub fn sees<const N: usize>(mut self, what: [&'static str; N]) -> Self {
        self.sees.extend(what);
        self
    }

    /// The scenario breaks the lock order on purpose.
    pub fn allows_violations(mut self) -> Self {
        self.allows_violations = true;
        self
    }

    /// Runs the scenario, prints one line, and checks that it saw what it is there for.
    ///
    /// # Panics
    /// If a schedule fails, or if something announced was not seen.
    pub fn run(self, body: impl Fn(&Seen) + Send + Sync + 'static) {
        let _alone = alone();
        let (before, seen) = (outcomes(), Seen::default());
        let passed = match self.explore_alone(&seen, body) {
            Ok(passed) => passed,
            Err(failed) => panic!("{} ({}): {failed}", self.name, self.policy),
        };
        let Passed { schedules, steps, seconds } = passed;
        let (name, policy, seed) = (self.name, self.policy, self.seed);
        let mean = steps / schedules.max(1);
        print_line(&format!(
            "deep {name} ({policy}): {schedules} schedules of {mean} steps on average, {seconds:.1} s, seed {seed}"
        ));
        self.check_not_vacuous(&before, &seen);
    }

    /// Only explores: a failure is an answer, and nothing is printed. For scenarios that must fail.
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
    /// How it failed, as it is meant to.
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
        let before = lockdep::violation_count();
        // Executions that failed before keep theirs, as evidence.
        let holding = lockdep::snapshot().threads.len();
        let started = Instant::now();
        let explored = explore(scheduler, {
            let seen = seen.clone();
            move || {
                body(&seen);
                assert!(may_violate || lockdep::violation_count() == before, "{}", violations());
                let held = lockdep::snapshot();
                assert_eq!(held.threads.len(), holding, "a lock is still held:\n{held}");
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
            assert!(seen.contains(what), "{name} is vacuous: no schedule saw '{what}'");
        }
        for what in &seen {
            assert!(self.sees.contains(what), "{name} saw '{what}', which it did not announce");
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

/// A run that failed before does not concern the next one.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often each site had each outcome, in this process.
fn outcomes() -> HashMap<(Site, Outcome), u64> {
    let own = |(site, outcome, count)| Some(((Site::of(site)?, outcome), count));
    lockdep::outcomes().into_iter().filter_map(own).collect()
}

fn violations() -> String {
    let list: String = lockdep::violations().iter().map(|violation| format!("  {violation}\n")).collect();
    format!("the lock order was broken:\n{list}")
}

fn from_env<T: std::str::FromStr>(name: &str) -> Option<T> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is '{value}', which is no number")))
}

/// The workspace's target folder. cargo runs tests in the folder of their package.
fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target"))
}

/// Straight to the stream: libtest shows what a test prints only if the test fails, and a run is there for these lines.
fn print_line(line: &str) {
    // A closed stderr is no reason to fail a run.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
