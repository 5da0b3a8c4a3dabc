//! Runs a model: counts, times, and fails a model that does not reach what it is for.

use crate::journal::{self, Journal};
use crate::{panics, record, replay, saw, thread};
use memguard::sync::model_control::{self, Timed};
use memguard::sync::{Outcome, Site, lockdep};
use memguard_reports::models;
use std::any::Any;
use std::env;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// libtest runs tests in parallel, and lockdep counts for the whole process. So one model runs at a time.
static RUNNING: Mutex<()> = Mutex::new(());

/// What a model runs. One type serves all models, so the harness and loom's loop are compiled once.
type Body = Arc<dyn Fn() + Send + Sync>;

/// If set, the process ends at the first model that fails. For scripts that only ask whether one fails.
const FAIL_FAST: &str = "MEMGUARD_FAIL_FAST";

/// The most steps of one execution. loom's default of 1000 is meant to find endless loops and is too low here.
const MAX_BRANCHES: usize = 20_000;

/// A model: a name, how to explore it, and what it must see.
#[derive(Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct Model {
    name: String,
    bound: Option<usize>,
    deeper: usize,
    timed: Timed,
    fine: bool,
    /// How many shards there are, and how many spare pages in each.
    shards: (usize, usize),
    floor: u64,
    reaches: Vec<(Site, Outcome)>,
    sees: Vec<&'static str>,
    allows_violations: bool,
    expects_panics: bool,
    recorded: bool,
}

/// What loom explored.
#[derive(Debug)]
pub struct Explored {
    /// How many schedules were run.
    pub executions: u64,
    /// How long that took.
    pub seconds: f64,
    /// How many acquisitions broke the lock order. 0 unless the model allows violations.
    pub violations: usize,
    /// The panic that ended the exploration, if any: a deadlock, or an assertion of the model.
    pub failure: Option<Box<dyn Any + Send>>,
}

impl Explored {
    /// Whether loom found a schedule in which no thread can go on.
    pub fn is_deadlock(&self) -> bool {
        self.failure_text().is_some_and(|text| text.starts_with("deadlock"))
    }

    /// The message of the panic.
    pub fn failure_text(&self) -> Option<&str> {
        let failure = self.failure.as_ref()?;
        failure.downcast_ref::<String>().map(String::as_str).or_else(|| failure.downcast_ref().copied())
    }
}

impl Model {
    /// A model of this name, which must be unique: unbounded, and with strict waits.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bound: None,
            deeper: 0,
            timed: Timed::Strict,
            fine: false,
            shards: (1, 0),
            floor: 1,
            reaches: Vec::new(),
            sees: Vec::new(),
            allows_violations: false,
            expects_panics: false,
            recorded: true,
        }
    }

    /// Explores only schedules with at most this many preemptions. For models that do not end without a bound. Say why
    /// the bound is enough.
    pub fn bound(mut self, preemptions: usize) -> Self {
        self.bound = Some(preemptions);
        self
    }

    /// Adds to the bound, if there is one.
    pub fn deeper(mut self, preemptions: usize) -> Self {
        self.deeper = preemptions;
        self
    }

    fn bound_in_all(&self) -> Option<usize> {
        self.bound.map(|bound| bound + self.deeper)
    }

    /// Timed waits time out, unless they are woken first.
    pub fn expires(mut self) -> Self {
        self.timed = Timed::Expires;
        self
    }

    /// Permutes each step of a wait and a wake: see [`model_control::set_fine`]. For small models of the locks.
    pub fn fine(mut self) -> Self {
        self.fine = true;
        self
    }

    /// Gives each thread a shard of its own, with one spare page: see [`model_control::set_shards`].
    pub fn sharded(mut self) -> Self {
        self.shards = (2, 1);
        self
    }

    /// Fails if there are fewer executions, because then a change made the model trivial. For models outside the
    /// families, whose floors are in `baseline.json`.
    pub fn at_least(mut self, executions: u64) -> Self {
        self.floor = executions;
        self
    }

    /// Fails if no execution has this outcome at this site.
    pub fn reaches(mut self, site: Site, outcome: Outcome) -> Self {
        self.reaches.push((site, outcome));
        self
    }

    /// Fails if one of these is never noted with [`saw`](crate::saw()), or if anything else is noted.
    pub fn sees<const N: usize>(mut self, what: [&'static str; N]) -> Self {
        self.sees.extend(what);
        self
    }

    /// The model breaks the lock order on purpose: to test the order checker, or because order is not its subject.
    pub fn allows_violations(mut self) -> Self {
        self.allows_violations = true;
        self
    }

    /// Threads of the model panic and catch the panic: with `resume_unwind`, or where a panic was planted in the
    /// simulated pages. Any other panic still ends the model.
    pub fn expects_panics(mut self) -> Self {
        self.expects_panics = true;
        self
    }

    /// Writes no record, so the model adds no coverage. For tests of the harness itself.
    pub fn unrecorded(mut self) -> Self {
        self.recorded = false;
        self
    }

    /// Explores, prints the cost, keeps the record. Replays instead if the environment says so.
    ///
    /// # Panics
    /// If an execution panics or deadlocks, if the lock order is broken, or if something announced was not seen.
    pub fn run(self, body: impl Fn() + Send + Sync + 'static) {
        self.run_shared(&(Arc::new(body) as Body));
    }

    fn run_shared(self, body: &Body) {
        let _alone = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(checkpoint) = replay::wanted(&self.name) {
            let Explored { executions, seconds, failure, .. } = self.replay_alone(&checkpoint, body);
            say(&format!("replayed {executions} execution, {seconds:.2} s ... "));
            return failure.map_or((), |failure| resume_unwind(failure));
        }
        record::forget(&self.name).expect("the record of the last run cannot be removed");
        journal::open();
        let explored = self.explore_alone(body, &|_| ());
        let journal = journal::close();
        let saw = saw::take();
        let Explored { executions, seconds, failure, .. } = explored;
        if let Some(failure) = failure {
            // The panic message has ended the line.
            say(&format!("\ntest {} ... FAILED in execution {executions}, after {seconds:.2} s\n", self.name));
            self.keep_checkpoint(executions, body);
            if env::var_os(FAIL_FAST).is_some() {
                exit(101);
            }
            resume_unwind(failure);
        }
        let bound = self.bound_in_all();
        let shown = bound.map_or("none".into(), |bound| bound.to_string());
        say(&format!("{executions} executions, {seconds:.2} s, bound {shown} ... "));
        self.judge(executions, &journal, saw.keys().copied().collect());
        if self.recorded {
            let model = models::Model {
                name: self.name,
                executions,
                seconds,
                bound,
                timed: label(self.timed).to_owned(),
                outcomes: journal.outcomes(),
                edges: journal.edges(),
                saw: saw.into_iter().map(|(what, count)| (what.to_owned(), count)).collect(),
            };
            record::keep(model).expect("the record cannot be written");
        }
    }

    /// Only explores. A failure is returned, and nothing is printed or recorded. For models that must fail.
    pub fn explore(self, body: impl Fn() + Send + Sync + 'static) -> Explored {
        let _alone = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        self.explore_alone(&(Arc::new(body) as Body), &|_| ())
    }

    /// Explores again up to the failing execution and writes its checkpoint there.
    fn keep_checkpoint(&self, failed: u64, body: &Body) {
        let path = record::checkpoint_of(&self.name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder of the records cannot be made");
        }
        let again = panics::quietly(|| self.explore_alone(body, &|loom| replay::write_at(loom, failed, path.clone())));
        if again.executions == failed && again.failure.is_some() && path.exists() {
            say(&format!(
                "run exactly this execution again with\n\n    {}\n\n",
                replay::command(&self.name, self.deeper)
            ));
        } else {
            say("the second exploration did not fail there: the model is not deterministic and cannot be replayed\n");
        }
    }

    /// Runs the one execution that a checkpoint was written for, as [`run`](Self::run) does if `MEMGUARD_REPLAY` is
    /// set.
    ///
    /// # Panics
    /// If the checkpoint cannot be read.
    pub fn replay(self, checkpoint: &Path, body: impl Fn() + Send + Sync + 'static) -> Explored {
        let _alone = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        self.replay_alone(checkpoint, &(Arc::new(body) as Body))
    }

    fn replay_alone(&self, checkpoint: &Path, body: &Body) -> Explored {
        let copy = replay::scratch_copy(checkpoint).expect("the checkpoint cannot be read");
        let explored = self.explore_alone(body, &|loom| replay::only(loom, copy.clone()));
        std::fs::remove_file(copy).expect("the copy of the checkpoint cannot be removed");
        saw::take();
        explored
    }

    fn explore_alone(&self, body: &Body, adjust: &dyn Fn(&mut loom::model::Builder)) -> Explored {
        let executions = Arc::new(AtomicU64::new(0));
        // What an earlier model broke, or held as it failed, is no concern of this one.
        lockdep::forget();
        let counted = {
            let (executions, body, strict) = (Arc::clone(&executions), Arc::clone(body), !self.allows_violations);
            let (shards, spares) = self.shards;
            move || {
                executions.fetch_add(1, Ordering::Relaxed);
                journal::next_execution();
                model_control::set_shards(shards, spares);
                let body = Arc::clone(&body);
                thread::spawn_first(move || {
                    body();
                    if strict && lockdep::violation_count() > 0 {
                        panic!("ORDER: the model broke the lock order:\n{}", violations_as_text());
                    }
                });
            }
        };
        saw::take();
        panics::watch();
        model_control::set_timed(self.timed);
        model_control::set_fine(self.fine);
        model_control::expect_panics(self.expects_panics);
        let mut loom = self.loom();
        adjust(&mut loom);
        let started = Instant::now();
        let failure = catch_unwind(AssertUnwindSafe(|| loom.check(counted))).err();
        model_control::set_timed(Timed::Strict);
        model_control::set_fine(false);
        model_control::expect_panics(false);
        Explored {
            executions: executions.load(Ordering::Relaxed),
            seconds: started.elapsed().as_secs_f64(),
            violations: lockdep::violation_count(),
            failure,
        }
    }

    /// Sets everything that LOOM_* variables would change. A variable left in a shell must not make a model smaller.
    fn loom(&self) -> loom::model::Builder {
        let mut loom = loom::model::Builder::new();
        loom.preemption_bound = self.bound_in_all();
        loom.max_branches = MAX_BRANCHES;
        loom.max_permutations = None;
        loom.max_duration = None;
        loom.checkpoint_file = None;
        loom
    }

    fn judge(&self, executions: u64, observed: &Journal, saw: Vec<&'static str>) {
        let name = &self.name;
        assert!(
            executions >= self.floor,
            "model {name} has become smaller: {executions} executions, at least {} expected",
            self.floor
        );
        for &(site, outcome) in &self.reaches {
            let label = outcome.label();
            assert!(observed.has(site, outcome), "model {name} is vacuous: no execution has '{label}' at {site}");
        }
        for what in &self.sees {
            assert!(saw.contains(what), "model {name} is vacuous: no execution saw '{what}'");
        }
        for what in saw {
            assert!(self.sees.contains(&what), "model {name} saw '{what}', which it did not announce");
        }
    }
}

fn label(timed: Timed) -> &'static str {
    match timed {
        Timed::Strict => "strict",
        Timed::Expires => "expires",
    }
}

fn violations_as_text() -> String {
    lockdep::violations().iter().map(|violation| format!("  {violation}\n")).collect()
}

/// Prints at once, on the line that the runner began with the model's name. So a slow model shows that it is running.
fn say(text: &str) {
    print!("{text}");
    // A closed stdout is no reason to fail a model.
    let _ = std::io::stdout().flush();
}
