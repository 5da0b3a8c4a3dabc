//! Runs one scenario: builds its session, runs it, checks what it leaves behind, closes the session.

use super::heartbeats::{HeartbeatGuard, Heartbeats};
use super::judge::{self, Storm};
use super::lock_order;
use super::progress::Progress;
use super::quiescence;
use super::results::{Results, as_reported};
use super::threads::Threads;
use super::waits;
use crate::ops::Tally;
use crate::scenario::{RunContext, Scenario, ScenarioError, Unfit, Violations};
use crate::{Guarantee, Violation};
use memguard::Session;
use memguard_reports::stress as report;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

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
    /// How long an acquire may take, unless the scenario says it.
    pub(super) acquire_timeout: Duration,
    /// Whether the run is to end early.
    pub(super) interrupted: &'a AtomicBool,
}

impl ScenarioRunner<'_> {
    pub(super) fn run(&self, scenario: &'static Scenario, results: &Results) -> Result<report::Scenario, Unfit> {
        self.coordinator.begin("building a session");
        let (threads, calibration) = self.crew_of(scenario)?;
        let violations = results.start(scenario, threads);
        let broken_before = lock_order::broken();
        let waited_before = waits::up_to_now(&memguard_lockdep::statistics());
        let memory_before = quiescence::measure()?;
        let builder = (scenario.configure)(Session::builder().acquire_timeout(self.acquire_timeout));
        let session = builder.build().map_err(|error| Unfit(format!("no session for {}: {error}", scenario.name)))?;
        let own_slots = session.health().footprint.slots;

        let tally = Tally::default();
        // The one place that says what the workers run on.
        let executor = Threads::new(self.heartbeats, &self.coordinator, self.progress, self.interrupted, self.planned);
        let context = RunContext {
            name: scenario.name,
            expects: scenario.expects,
            session: &session,
            seed: self.seed,
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
        let duration_s = executor.elapsed().as_secs_f64();
        let ops = self.heartbeats.take_ops();
        let (latency_ns, locks) = (executor.latency(), memguard_lockdep::statistics());
        let (kinds, waits) = (executor.kinds(), waits::since(&waited_before, waits::up_to_now(&locks)));
        let storm = Storm { latency: latency_ns, ops: &executor.ops(), locks: &locks, kinds: &kinds, waits: &waits };
        for broken in judge::broken(&scenario.contract, &self.calibration, &storm) {
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
        violations.check(judge::broken_recovery(&scenario.contract, &self.calibration, recovery).map_or(Ok(()), Err));
        for broken in lock_order::broken().into_iter().filter(|broken| !broken_before.contains(broken)) {
            violations.add(broken);
        }
        self.coordinator.end();

        Ok(report::Scenario {
            ops,
            duration_s,
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
