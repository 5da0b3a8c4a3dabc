//! Scenarios of the stress binary on simulated threads and pages.

use super::executor::SimThreads;
use super::ran::Ran;
use super::schedule;
use crate::mutex::lock;
use crate::ops::{Choices, Tally};
use crate::scenario::{ALL, RunContext, Scenario, ScenarioError, Violations, close_at_rest};
use crate::thread::{alone, follow, nothing_is_held};
use crate::{Guarantee, Violation, planted};
use memguard::sync::lockdep;
use memguard::{Session, Sim};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// In simulated time. So long that it hides no deadlock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// These need the system. `crowded` is slow, and what it looks for is time. `long-holders` waits in real time.
/// `sessions`, `isolations` and `foreign-code` build sessions of their own, on real pages. In `thread-exit` destructors
/// of real thread-locals run. `limits` lowers a limit of the process. `fault-storm` needs pages that fault.
/// `fork-storm`, `exit-storm` and `other-limits` have children. `oversubscribed` needs processors. In `panics` several
/// threads unwind at a time, and all threads of shuttle are one thread of the system, so nobody could tell which one.
const ON_THE_SYSTEM_ONLY: &[&str] = &[
    "crowded",
    "long-holders",
    "sessions",
    "isolations",
    "thread-exit",
    "limits",
    "panics",
    "fault-storm",
    "foreign-code",
    "fork-storm",
    "exit-storm",
    "other-limits",
    "oversubscribed",
];

/// Secrets of the scenarios are up to three pages of this size.
const PAGE: usize = 4096;

/// A scenario with everything that fixes what it does.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioCase {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// Fixes what each worker does and each step of the schedule.
    pub seed: u64,
    /// How many workers there are.
    pub workers: usize,
    /// How many operations each worker completes in each phase.
    pub ops: u32,
}

/// The scenarios that can be simulated.
///
/// ```
/// use memguard_stress::sim::scenarios;
/// assert!(scenarios().any(|scenario| scenario.name == "churn"));
/// ```
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    ALL.iter().copied().filter(|scenario| !ON_THE_SYSTEM_ONLY.contains(&scenario.name))
}

impl ScenarioCase {
    /// The case of this seed.
    ///
    /// ```
    /// use memguard_stress::sim::{ScenarioCase, scenarios};
    /// let case = ScenarioCase::drawn(scenarios().next().unwrap(), 7);
    /// assert_eq!(case.run(), case.run());
    /// ```
    pub fn drawn(scenario: &'static Scenario, seed: u64) -> Self {
        let mut choices = Choices::new(seed, 0);
        let (workers, ops) = (scenario.min_threads + choices.below(3), 1 + choices.below(12) as u32);
        Self { scenario, seed, workers, ops }
    }

    /// Runs the case. One case runs at a time in a process.
    pub fn run(self) -> Ran {
        let _alone = alone();
        lockdep::forget();
        let schedule = schedule::draw(&mut Choices::new(self.seed, 1));
        let result = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&result);
        let explored = follow(&schedule, Some(self.seed), move || {
            let ran = self.run_here();
            ran.is_ok().then(nothing_is_held);
            *lock(&slot) = Some(ran);
        });
        let result = lock(&result).take();
        let (degraded, broken) = match result {
            Some(Ok(degraded)) => (degraded, None),
            Some(Err(violation)) => (BTreeSet::new(), Some(violation)),
            None => (BTreeSet::new(), None),
        };
        Ran { degraded, ..Ran::new(&explored, broken.map(Err)) }
    }

    /// Returns the kinds of degraded outcomes that were counted.
    fn run_here(self) -> Result<BTreeSet<&'static str>, Violation> {
        planted::silence();
        let Self { scenario, seed, workers, ops } = self;
        let sim = Sim::new(PAGE);
        let builder = Session::builder().acquire_timeout(ACQUIRE_TIMEOUT);
        let session = (scenario.configure)(builder).simulated(&sim).build();
        let session = Violation::unless_ok("building a session", session)?;
        let (tally, violations) = (Tally::default(), Violations::default());
        let context = RunContext {
            name: scenario.name,
            expects: scenario.expects,
            session: &session,
            seed,
            acquire_timeout: ACQUIRE_TIMEOUT,
            longest_turn: Duration::ZERO,
            workers,
            tally: &tally,
            violations: &violations,
            executor: &SimThreads { ops },
        };
        match (scenario.run)(&context) {
            Ok(()) => {}
            Err(ScenarioError::Violation(violation)) => violations.add(violation),
            Err(ScenarioError::Unfit(unfit)) => violations.add(Violation::new(Guarantee::Visible, unfit.0)),
        }
        let degraded = close_at_rest(session, &tally, &violations);
        violations.check(crate::ops::given_back(&sim.report(), false, false));
        for broken in lockdep::violations() {
            violations.add(Violation::new(Guarantee::Order, broken.to_string()));
        }
        violations.list().into_iter().next().map_or(Ok(degraded), Err)
    }
}
