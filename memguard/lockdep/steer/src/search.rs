//! Looks for a run that hangs as a report says.

use crate::hang::fingerprint;
use crate::policy::{self, Guided, InTurn, Log, Pct, Plan, Policy, Random, Scout};
use crate::proof::{Proof, Tried};
use crate::run::{End, Limits, Run, Runs};
use crate::schedule::Follow;
use crate::token::Token;
use memguard_lockdep::{Report, ThreadState, Verdict};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use thiserror::Error;

/// How often priorities change in one run.
const CHANGES: usize = 3;
/// How many guided runs only look on.
const SCOUTS: usize = 6;

/// How long to look for a proof.
///
/// ```
/// use memguard_lockdep_steer::Search;
/// let search = Search::new().guided(10).random(100).pct(100).steps(5_000);
/// assert!(search.reports_of(|| ()).is_empty());
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing by itself"]
pub struct Search {
    guided: usize,
    random: usize,
    pct: usize,
    looks: usize,
    seed: u64,
    limits: Limits,
}

impl Default for Search {
    fn default() -> Self {
        Self::new()
    }
}

impl Search {
    /// 16 runs for reports. For a proof at most 200 guided runs, 1000 random ones and 1000 by priorities. Each has at
    /// most 100 000 steps.
    pub const fn new() -> Self {
        let limits = Limits { steps: 100_000, stack_bytes: 512 << 10 };
        Self { guided: 200, random: 1000, pct: 1000, looks: 16, seed: 0, limits }
    }

    /// How many runs hold threads back at the places of the report, at most.
    pub const fn guided(self, runs: usize) -> Self {
        Self { guided: runs, ..self }
    }

    /// How many runs let any thread make the next step, at most.
    pub const fn random(self, runs: usize) -> Self {
        Self { random: runs, ..self }
    }

    /// How many runs give threads priorities that change a few times, at most.
    pub const fn pct(self, runs: usize) -> Self {
        Self { pct: runs, ..self }
    }

    /// How many runs [`reports_of`] makes. Each lets threads run in another order.
    pub const fn looks(self, runs: usize) -> Self {
        Self { looks: runs, ..self }
    }

    /// Another seed makes other runs.
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many steps a run may have.
    pub const fn steps(mut self, steps: usize) -> Self {
        self.limits.steps = steps;
        self
    }

    /// How large the stack of each thread is.
    pub const fn stack_bytes(mut self, bytes: usize) -> Self {
        self.limits.stack_bytes = bytes;
        self
    }

    /// A seed for a run of a kind.
    fn seed_of(&self, kind: u64, run: usize) -> u64 {
        self.seed.wrapping_add(kind << 32 | run as u64)
    }

    /// See [`reports_of`].
    ///
    /// # Panics
    ///
    /// If the program panics, or if it is called in such a run.
    pub fn reports_of(&self, program: impl Fn() + Send + Sync + 'static) -> Vec<Report> {
        let runs = Runs::new(self.limits, true, Arc::new(program));
        // Only now is no other run under way.
        let before = memguard_lockdep::reports();
        let mut most_steps = 1;
        for run in 0..self.looks {
            let Run { schedule, end } = match run {
                0 => runs.run(InTurn, self.seed),
                _ => runs.run(Pct::new(self.seed_of(3, run), run % (CHANGES + 1), most_steps), self.seed),
            };
            most_steps = most_steps.max(schedule.steps);
            if let End::Panicked(message) = end {
                drop(runs);
                panic!("the program panicked: {message}");
            }
        }
        let mut after = memguard_lockdep::reports();
        after.retain(|report| !before.contains(report));
        after
    }

    /// See [`prove`].
    ///
    /// # Panics
    ///
    /// If it is called in such a run.
    pub fn prove(&self, report: &Report, program: impl Fn() + Send + Sync + 'static) -> Proof {
        let runs = Runs::new(self.limits, false, Arc::new(program));
        let mut proof = Trial { report, runs, tried: Tried::default(), other: None, panic: None };
        proof.look(self).unwrap_or(Proof::Possible { tried: proof.tried, other: proof.other, panic: proof.panic })
    }

    /// See [`replay`].
    ///
    /// # Errors
    ///
    /// As [`replay`].
    ///
    /// # Panics
    ///
    /// If it is called in such a run.
    pub fn replay(
        &self,
        token: &Token,
        program: impl Fn() + Send + Sync + 'static,
    ) -> Result<Vec<ThreadState>, ReplayError> {
        let Token { schedule, fingerprint: expected } = token;
        let limits = Limits { steps: usize::MAX, ..self.limits };
        let run = Runs::new(limits, false, Arc::new(program)).run(Follow::new(schedule), schedule.seed);
        match run.end {
            End::Hung(hang) if fingerprint(&hang.threads) == *expected && run.schedule == *schedule => Ok(hang.threads),
            End::Hung(hang) => Err(ReplayError::OtherHang(hang.threads)),
            End::Ended => Err(ReplayError::Ended),
            End::Panicked(message) => Err(ReplayError::Panicked(message)),
            End::GivenUp | End::TooLong => Err(ReplayError::DoesNotFit { step: run.schedule.steps }),
        }
    }
}

/// The runs so far.
struct Trial<'a> {
    report: &'a Report,
    runs: Runs,
    tried: Tried,
    other: Option<Token>,
    panic: Option<String>,
}

impl Trial<'_> {
    fn look(&mut self, search: &Search) -> Option<Proof> {
        // A declared order that was broken is no cycle.
        if self.report.verdict == Verdict::Order {
            return None;
        }
        self.guided(search).or_else(|| self.drawn(search))
    }

    /// Runs that hold threads back. The first ones only find out which requests of threads belong together. Every other
    /// run after them follows such a plan.
    fn guided(&mut self, search: &Search) -> Option<Proof> {
        let mut plans: Vec<Plan> = Vec::new();
        for run in 0..search.guided {
            let seed = search.seed_of(0, run);
            self.tried.guided += 1;
            if run < SCOUTS {
                let log = Log::default();
                let (_, proof) = self.run(Scout::new(Pct::new(seed, 0, 0), log.clone()), run);
                if proof.is_some() {
                    return proof;
                }
                for plan in policy::plans(self.report, &log.lock().unwrap_or_else(PoisonError::into_inner)) {
                    if !plans.contains(&plan) {
                        plans.push(plan);
                    }
                }
                continue;
            }
            let at = run - SCOUTS;
            let plan = plans.get(at / 2 % plans.len().max(1)).filter(|_| at.is_multiple_of(2));
            let met = Arc::new(AtomicBool::new(false));
            let (_, proof) = self.run(Guided::new(self.report, plan, seed, met.clone()), run);
            self.tried.met += usize::from(met.load(Ordering::Relaxed));
            if let Some(Proof::Proven { token, threads, .. }) = proof {
                return Some(Proof::Proven { token, threads, tried: self.tried });
            }
        }
        None
    }

    /// Runs that are drawn.
    fn drawn(&mut self, search: &Search) -> Option<Proof> {
        let mut most_steps = 1;
        for run in 0..search.random.max(search.pct) {
            if run < search.random {
                self.tried.random += 1;
                let (steps, proof) = self.run(Random::new(search.seed_of(1, run)), run);
                if proof.is_some() {
                    return proof;
                }
                most_steps = most_steps.max(steps);
            }
            if run < search.pct {
                self.tried.pct += 1;
                let (steps, proof) = self.run(Pct::new(search.seed_of(2, run), CHANGES, most_steps), run);
                if proof.is_some() {
                    return proof;
                }
                most_steps = most_steps.max(steps);
            }
        }
        None
    }

    /// One run: how many steps it had, and the proof if it hung as the report says.
    fn run(&mut self, policy: impl Policy + 'static, seed: usize) -> (usize, Option<Proof>) {
        let Run { schedule, end } = self.runs.run(policy, seed as u64);
        let steps = schedule.steps;
        match end {
            End::Hung(hang) => {
                let token = Token { schedule, fingerprint: fingerprint(&hang.threads) };
                if hang.is_of(self.report) {
                    return (steps, Some(Proof::Proven { token, threads: hang.threads, tried: self.tried }));
                }
                self.tried.hung += 1;
                self.other.get_or_insert(token);
            }
            End::TooLong => self.tried.too_long += 1,
            End::Panicked(message) => {
                self.tried.panicked += 1;
                self.panic.get_or_insert(message);
            }
            End::Ended | End::GivenUp => {}
        }
        (steps, None)
    }
}

/// Runs the program a few times, in another order each time, and returns what the checker
/// reports of it. Each cycle of classes is reported once, so a second call returns nothing new.
///
/// # Panics
///
/// If it is called in such a run.
///
/// ```
/// assert!(memguard_lockdep_steer::reports_of(|| ()).is_empty());
/// ```
pub fn reports_of(program: impl Fn() + Send + Sync + 'static) -> Vec<Report> {
    Search::new().reports_of(program)
}

/// Runs the program under schedules that make the threads of the report meet, until they wait for each other for ever
/// or the limits of [`Search::new`] are reached.
///
/// The program must do the same in each run: its data may depend only on the schedule and on `shuttle::rand`.
///
/// # Panics
///
/// If it is called in such a run.
///
/// ```
/// use memguard_lockdep_steer::{prove, replay, reports_of, sync::Mutex, thread};
/// use std::sync::{Arc, PoisonError};
///
/// fn program() {
///     let shared = Arc::new((Mutex::named("ACCOUNTS", 1), Mutex::named("JOURNAL", 2)));
///     let other = shared.clone();
///     let audit = thread::spawn(move || {
///         let journal = other.1.lock();
///         *journal == *other.0.lock()
///     });
///     let accounts = shared.0.lock();
///     let journal = shared.1.lock();
///     drop((accounts, journal));
///     audit.join().unwrap();
/// }
///
/// let report = &reports_of(program)[0];
/// let proof = prove(report, program);
/// println!("{proof}");
/// let token = proof.token().unwrap().to_string();
/// let threads = replay(&token.parse().unwrap(), program).unwrap();
/// assert!(threads.iter().all(|thread| thread.waits.is_some()));
/// ```
pub fn prove(report: &Report, program: impl Fn() + Send + Sync + 'static) -> Proof {
    Search::new().prove(report, program)
}

/// Runs the program under the schedule of a token. Returns what each thread holds and waits for when it hangs.
///
/// # Errors
///
/// If the program does not hang under the schedule, or not in the way that the token says.
///
/// # Panics
///
/// If it is called in such a run.
///
/// ```
/// use memguard_lockdep_steer::{ReplayError, Token, replay};
/// # use memguard_lockdep_steer::{prove, reports_of, sync::Mutex};
/// # fn program() {
/// #     let mutex = Mutex::named("TWICE", ());
/// #     let _guards = (mutex.lock(), mutex.lock());
/// # }
/// # let text = prove(&reports_of(program)[0], program).token().unwrap().to_string();
/// let token: Token = text.parse().unwrap();
/// assert_eq!(replay(&token, program).unwrap().len(), 1);
/// assert!(matches!(replay(&token, || ()), Err(ReplayError::Ended)));
/// ```
pub fn replay(token: &Token, program: impl Fn() + Send + Sync + 'static) -> Result<Vec<ThreadState>, ReplayError> {
    Search::new().replay(token, program)
}

/// Why a replay is none.
///
/// ```
/// let error = memguard_lockdep_steer::ReplayError::Ended;
/// assert_eq!(error.to_string(), "the program ends under this schedule");
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The thread that the schedule lets go on cannot, or the schedule ends before the program.
    #[error("the schedule does not fit the program at step {step}")]
    #[non_exhaustive]
    DoesNotFit {
        /// The step.
        step: usize,
    },
    /// The program ends.
    #[error("the program ends under this schedule")]
    Ended,
    /// It hangs in another way, with these threads.
    #[error("the program hangs in another way under this schedule")]
    OtherHang(Vec<ThreadState>),
    /// It panics.
    #[error("the program panics under this schedule: {0}")]
    Panicked(String),
}
