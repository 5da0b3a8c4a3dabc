//! The stage: what a scenario is played on.

use super::board::Beating;
use super::findings::Findings;
use super::latency::Latencies;
use super::worker::Worker;
use super::{Company, Setback, Unfit};
use crate::ops::Tally;
use crate::scenarios::Scenario;
use crate::{Guarantee, Violation, planted};
use memguard::{Error, Session};
use memguard_reports::stress as report;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(50);

/// A scenario that has not shown what it exists for by its time gets more, up to this many times its share: whether threads
/// collide is up to the machine.
const OVERTIME: u32 = 10;
const MOST_OVERTIME: Duration = Duration::from_secs(20);

/// One scenario in the making: its session, its threads and what they found.
pub struct Stage<'a> {
    scenario: &'static Scenario,
    session: &'a Session,
    threads: usize,
    company: &'a Company<'a>,
    findings: &'a Findings,
    tally: Tally,
    began: Instant,
    over: AtomicBool,
    latencies: Mutex<Latencies>,
}

/// A part of the time of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Counted from 0.
    pub number: u32,
    of: u32,
}

impl Round {
    fn is_last(self) -> bool {
        self.number + 1 == self.of
    }
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        scenario: &'static Scenario,
        session: &'a Session,
        threads: usize,
        company: &'a Company<'a>,
        findings: &'a Findings,
    ) -> Self {
        let (tally, over, latencies) = (Tally::default(), AtomicBool::new(false), Mutex::new(Latencies::new()));
        Self { scenario, session, threads, company, findings, tally, began: Instant::now(), over, latencies }
    }

    /// The session that the scenario is about.
    pub fn session(&self) -> &'a Session {
        self.session
    }

    /// The seed of the run.
    pub fn seed(&self) -> u64 {
        self.company.plan.seed
    }

    /// How many workers [`crew`](Self::crew) starts.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// What callers were told of degraded outcomes.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Where violations go.
    pub fn findings(&self) -> &Findings {
        self.findings
    }

    /// The result of a call that sets the scene. Without it there is nothing to play.
    ///
    /// # Errors
    /// [`Setback`], with the library's error.
    pub fn must<T>(&self, call: &str, result: memguard::Result<T>) -> Result<T, Setback> {
        result.map_err(|error| match error {
            Error::Limit(_) | Error::System { .. } => {
                Setback::Unfit(Unfit(format!("{} cannot be set up: {call}: {error}", self.scenario.name)))
            }
            error => Setback::Broken(Violation::unexpected(call, &error)),
        })
    }

    /// Starts the workers, lets each do `work` until time is up, waits until all have come back, and returns what they brought.
    ///
    /// `work` must come back soon after [`Worker::goes_on`] says no. A panic that leaves it is a violation.
    ///
    /// # Errors
    /// [`Unfit`] if the system gives no threads.
    pub fn crew<'s, R: Send>(&'s self, work: impl Fn(&mut Worker<'s>) -> R + Sync) -> Result<Vec<R>, Unfit> {
        self.round(Round { number: 0, of: 1 }, &work)
    }

    /// As [`crew`](Self::crew), with the time parted into rounds. Between any two and at the end, when no worker is there,
    /// `at_rest` gets what the workers brought.
    ///
    /// # Errors
    /// [`Unfit`] if the system gives no threads.
    pub fn rounds<'s, R: Send>(
        &'s self,
        rounds: u32,
        work: impl Fn(Round, &mut Worker<'s>) -> R + Sync,
        at_rest: impl Fn(Vec<R>),
    ) -> Result<(), Unfit> {
        for number in 0..rounds {
            let round = Round { number, of: rounds };
            at_rest(self.round(round, &|worker: &mut Worker<'s>| work(round, worker))?);
        }
        Ok(())
    }

    fn round<'s, R: Send>(
        &'s self,
        round: Round,
        work: &(impl Fn(&mut Worker<'s>) -> R + Sync),
    ) -> Result<Vec<R>, Unfit> {
        self.over.store(false, Ordering::Relaxed);
        let (came_back, coming_back) = mpsc::channel();
        std::thread::scope(|scope| {
            let mut refused = None;
            for index in 0..self.threads {
                let name = format!("{}-{index}", self.scenario.name);
                let beating = self.company.board.enlist_worker(name.clone());
                let came_back = came_back.clone();
                let body = move || {
                    if let Some(brought) = self.perform(round, index, beating, work) {
                        // Nobody listens any more only if the coordinator panicked, which ends the run by itself.
                        let _ = came_back.send(brought);
                    }
                };
                if let Err(error) = std::thread::Builder::new().name(name).spawn_scoped(scope, body) {
                    refused = Some(Unfit(format!("no thread for worker {index}: {error}; ask for fewer (--threads)")));
                    self.over.store(true, Ordering::Relaxed);
                    break;
                }
            }
            drop(came_back);
            let brought = self.pace(round, &coming_back);
            refused.map_or(Ok(brought), Err)
        })
    }

    fn perform<'s, R>(
        &'s self,
        round: Round,
        index: usize,
        beating: Beating,
        work: &impl Fn(&mut Worker<'s>) -> R,
    ) -> Option<R> {
        let mut worker = Worker::new(self, round, index, beating);
        let died = |payload: Box<dyn Any + Send>| {
            let message = planted::message(&*payload);
            let message = format!("worker {index} died of a panic that was not planted: {message}");
            self.findings.add(Violation::new(Guarantee::Progress, message));
        };
        catch_unwind(AssertUnwindSafe(|| work(&mut worker))).map_err(died).ok()
    }

    /// Looks at the clock until time is up, and waits for the workers and what they bring.
    fn pace<R>(&self, round: Round, coming_back: &mpsc::Receiver<R>) -> Vec<R> {
        let Company { share, board, coordinator, spectator, .. } = self.company;
        let until = *share / round.of * (round.number + 1);
        let overtime = if round.is_last() { share.saturating_mul(OVERTIME).min(MOST_OVERTIME) } else { Duration::ZERO };
        let mut brought = Vec::new();
        coordinator.begin("waiting for the workers");
        loop {
            match coming_back.recv_timeout(TICK) {
                Ok(one) => brought.push(one),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return brought,
            }
            coordinator.beat();
            let elapsed = self.began.elapsed();
            spectator.tick(elapsed, board.ops());
            let enough = || elapsed >= until.saturating_add(overtime) || self.has_shown_all();
            if elapsed >= until && enough() {
                self.over.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Whether every kind of degraded outcome that the scenario exists for has occurred.
    fn has_shown_all(&self) -> bool {
        let degraded = self.session.health().degraded;
        self.scenario.expects.iter().all(|&kind| degraded.iter().any(|(name, count)| name == kind && count > 0))
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// The number of a worker's stream of choices: the same for the same scenario, round and worker in every run.
    pub(super) fn stream(&self, round: Round, index: usize) -> u64 {
        let name = self.scenario.name.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        u64::from(name) << 32 | u64::from(round.number) << 24 | index as u64
    }

    pub(super) fn merge(&self, latencies: &Latencies) {
        self.all_latencies().merge(latencies);
    }

    pub(super) fn into_tally(self) -> Tally {
        self.tally
    }

    pub(super) fn latency(&self) -> report::Latency {
        self.all_latencies().summary()
    }

    fn all_latencies(&self) -> MutexGuard<'_, Latencies> {
        self.latencies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("scenario", &self.scenario.name).finish_non_exhaustive()
    }
}
