//! The results of a run so far. On a stall the watchdog reads them, because the run itself cannot continue.

use super::lock_order;
use super::watchdog::Stall;
use crate::kernel::{LockedMemory, locked_memory};
use crate::mutex::lock;
use crate::scenario::{Scenario, Violations};
use crate::{Guarantee, Violation};
use memguard_reports::stress as report;
use std::sync::{Arc, Mutex};
use std::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Results(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    finished: Vec<report::Scenario>,
    current: Option<Current>,
    calibration: Option<report::Calibration>,
}

/// The scenario that is running.
#[derive(Debug)]
struct Current {
    scenario: &'static Scenario,
    threads: usize,
    began: Instant,
    violations: Arc<Violations>,
}

impl Results {
    /// A scenario starts. Returns the collection for its violations.
    pub(super) fn start(&self, scenario: &'static Scenario, threads: usize) -> Arc<Violations> {
        let violations = Arc::new(Violations::default());
        let current = Current { scenario, threads, began: Instant::now(), violations: Arc::clone(&violations) };
        lock(&self.0).current = Some(current);
        violations
    }

    /// The machine was measured.
    pub(super) fn calibrated(&self, measured: report::Calibration) {
        lock(&self.0).calibration = Some(measured);
    }

    pub(super) fn calibration(&self) -> Option<report::Calibration> {
        lock(&self.0).calibration
    }

    /// The scenario has ended with this result.
    pub(super) fn finish(&self, scenario: report::Scenario) {
        let mut entries = lock(&self.0);
        entries.current = None;
        entries.finished.push(scenario);
    }

    /// The name of the scenario that runs.
    pub(super) fn current(&self) -> Option<&'static str> {
        lock(&self.0).current.as_ref().map(|current| current.scenario.name)
    }

    pub(super) fn finished(&self) -> Vec<report::Scenario> {
        lock(&self.0).finished.clone()
    }

    /// The finished scenarios and the stalled one. Does not call the library, because the stalled threads may hold its
    /// locks.
    pub(super) fn with_stalled(&self, stall: &Stall, ops: u64) -> Vec<report::Scenario> {
        let entries = lock(&self.0);
        let mut all = entries.finished.clone();
        if let Some(Current { scenario, threads, began, violations }) = &entries.current {
            violations.add(Violation::new(Guarantee::Progress, stall.to_string().trim_end()));
            // Those of scenarios before this one may be among them.
            lock_order::broken().into_iter().for_each(|broken| violations.add(broken));
            // A thread that still works may unmap memory while it is measured. The figures are then of no use, or left
            // out.
            let LockedMemory { bytes, mappings, .. } = locked_memory().unwrap_or_default();
            all.push(report::Scenario {
                ops,
                duration_s: began.elapsed().as_secs_f64(),
                quiescence: report::Quiescence {
                    locked_bytes_measured: bytes,
                    mappings_measured: mappings,
                    ..report::Quiescence::default()
                },
                ..as_reported(scenario, *threads, violations)
            });
        }
        all
    }
}

/// What a report shows of a scenario apart from its figures.
pub(super) fn as_reported(scenario: &Scenario, threads: usize, violations: &Violations) -> report::Scenario {
    let violation = |Violation { guarantee, message }| report::Violation { guarantee: guarantee.to_string(), message };
    report::Scenario {
        name: scenario.name.to_owned(),
        purpose: scenario.purpose.to_owned(),
        threads,
        expected_degraded: scenario.expects.iter().map(|&kind| kind.to_owned()).collect(),
        violations: violations.list().into_iter().map(violation).collect(),
        ..report::Scenario::default()
    }
}
