//! Runs one scenario: builds its session, runs it, checks what it leaves behind, closes the session.

use super::heartbeats::{HeartbeatGuard, Heartbeats};
use super::judge::{self, Storm};
use super::lock_order;
use super::progress::Progress;
use super::quiescence;
use super::results::{Results, as_reported};
use super::threads::Threads;
use super::waits;
use super::{calibration, capacity};
use crate::ops::Tally;
use crate::scenario::{RunContext, Scenario, ScenarioError, Unfit, Violations};
use crate::{Guarantee, Violation};
use memguard::Session;
use memguard_lockdep::Statistics;
use memguard_reports::stress as report;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A short acquire timeout, in longest turns: at least 0.4 s. A thread that works holds a lock for less, also if it is
/// kept from running. And it is less than `--stall-after`, because who holds an access that others wait for in vain
/// completes nothing meanwhile.
const SHORT_TIMEOUT: u32 = 8;

/// What the scenarios of a run have in common.
pub(super) struct ScenarioRunner<'a> {
    pub(super) seed: u64,
    /// The number of threads for which there is lockable memory.
    pub(super) threads: usize,
    /// The time of one scenario.
    pub(super) planned: Duration,
    pub(super) calibration: report::Calibration,
    pub(super) heartbeats: &'a Heartbeats,
    pub(super) coordinator: HeartbeatGuard,
    pub(super) progress: &'a dyn Progress,
    /// A thread that completes nothing for this long has stalled.
    pub(super) stall_after: Duration,
    /// How long an acquire may take in most scenarios.
    pub(super) acquire_timeout: Duration,
    /// Whether the run is to end early.
    pub(super) interrupted: &'a AtomicBool,
}

impl ScenarioRunner<'_> {
    /// How many threads the scenario gets, and what the machine does with so many.
    fn crew_of(&self, scenario: &Scenario) -> Result<(usize, report::Calibration), Unfit> {
        let usual = (self.threads.max(scenario.min_threads), self.calibration);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let wanted = scenario.threads_per_core.saturating_mul(cores);
        if wanted <= usual.0 {
            return Ok(usual);
        }
        self.coordinator.begin("measuring lockable memory");
        let threads = capacity::threads_that_fit(wanted)?.max(usual.0);
        // Half of the scenario's time, and no longer than all other scenarios are measured for.
        let measured = calibration::measure(threads, self.planned * (calibration::PART / 2), &self.coordinator)?;
        // A machine on which they would look stalled runs as many as it was asked for.
        let fits = calibration::check(&measured, threads, self.stall_after).is_ok();
        Ok(if fits { (threads, measured) } else { usual })
    }

    pub(super) fn run(&self, scenario: &'static Scenario, results: &Results) -> Result<report::Scenario, Unfit> {
        let (threads, calibration) = self.crew_of(scenario)?;
        self.coordinator.begin("building a session");
        let violations = results.start(scenario, threads);
        let broken_before = lock_order::broken();
        let locks_before = Statistics::now();
        let memory_before = quiescence::measure()?;
        let acquire_timeout = if scenario.short_timeout {
            (Duration::from_nanos(calibration.turn_max_ns) * SHORT_TIMEOUT).min(self.stall_after / 2)
        } else {
            self.acquire_timeout
        };
        let builder = (scenario.configure)(Session::builder().acquire_timeout(acquire_timeout));
        let session = builder.build().map_err(|error| Unfit(format!("no session for {}: {error}", scenario.name)))?;
        let own_slots = quiescence::slots(&session.health());

        let tally = Tally::default();
        // The one place that says what the workers run on.
        let executor = Threads::new(self.heartbeats, &self.coordinator, self.progress, self.interrupted, self.planned);
        let context = RunContext {
            name: scenario.name,
            expects: scenario.expects,
            session: &session,
            seed: self.seed,
            acquire_timeout,
            longest_turn: Duration::from_nanos(calibration.turn_max_ns),
            workers: threads,
            tally: &tally,
            violations: &violations,
            executor: &executor,
        };
        match (scenario.run)(&context) {
            Ok(()) => {}
            Err(ScenarioError::Unfit(unfit)) => return Err(with_violations(unfit, &violations)),
            Err(ScenarioError::Violation(violation)) => violations.add(violation),
        }
        let duration = executor.elapsed();
        let ops = self.heartbeats.take_ops();
        let (latency_ns, locks) = (executor.latency(), Statistics::now().since(&locks_before));
        let (kinds, waits) = (executor.kinds(), waits::longest(&locks));
        let storm = Storm {
            latency: latency_ns,
            duration,
            ops: &executor.ops(),
            locks: &locks,
            kinds: &kinds,
            waits: &waits,
            stood_still: executor.stood_still(),
        };
        for broken in judge::broken(&scenario.contract, &calibration, &storm) {
            violations.add(broken);
        }

        self.coordinator.begin("checking what is left");
        let left = quiescence::check(&session, memory_before, own_slots, &violations)?;
        for message in tally.disagreements(&left.degraded) {
            violations.add(Violation::new(Guarantee::Visible, message));
        }
        self.coordinator.begin("closing the session");
        violations.check(quiescence::close(session, memory_before)?);
        let recovery = executor.since_the_end();
        violations.check(judge::broken_recovery(&scenario.contract, &calibration, recovery).map_or(Ok(()), Err));
        for broken in lock_order::broken().into_iter().filter(|broken| !broken_before.contains(broken)) {
            violations.add(broken);
        }
        self.coordinator.end();

        Ok(report::Scenario {
            ops,
            duration_s: duration.as_secs_f64(),
            degraded: left.degraded.iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
            latency_ns,
            kinds,
            longest_waits_ns: waits.into_iter().map(|(class, wait)| (class, as_nanos(wait))).collect(),
            recovery_ns: Some(as_nanos(recovery)),
            samples: executor.samples(),
            quiescence: left.quiescence,
            ..as_reported(scenario, threads, &violations)
        })
    }
}

fn as_nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Adds the violations seen so far, because no report will show them.
fn with_violations(Unfit(mut text): Unfit, violations: &Violations) -> Unfit {
    for violation in violations.list() {
        text.push_str(&format!("\n{violation}"));
    }
    Unfit(text)
}
