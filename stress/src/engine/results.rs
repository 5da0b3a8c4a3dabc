//! The results of a run so far. On a stall the watchdog reads them, because the run itself cannot continue.

use super::watchdog::Stall;
use crate::kernel::locked_memory;
use crate::mutex::lock;
use crate::scenario::{Scenario, Violations};
use crate::{Guarantee, Violation};
use memguard_reports::stress as report;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Results(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    finished: Vec<report::Scenario>,
    current: Option<Current>,
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

    /// The scenario has ended with this result.
    pub(super) fn finish(&self, scenario: report::Scenario) {
        let mut entries = lock(&self.0);
        entries.current = None;
        entries.finished.push(scenario);
    }

    pub(super) fn finished(&self) -> Vec<report::Scenario> {
        lock(&self.0).finished.clone()
    }

    /// The finished scenarios and the stalled one.
    pub(super) fn with_stalled(&self, stall: &Stall, ops: u64) -> Vec<report::Scenario> {
        let entries = lock(&self.0);
        let mut all = entries.finished.clone();
        if let Some(current) = &entries.current {
            current.violations.add(Violation::new(Guarantee::Progress, stall.to_string().trim_end()));
            all.push(current.stalled(ops));
        }
        all
    }
}

impl Current {
    /// What is known of a scenario whose threads do not return. Does not call the library, because the threads may hold
    /// its locks.
    fn stalled(&self, ops: u64) -> report::Scenario {
        // A thread that still works may unmap memory while it is measured. The measurement then fails and is left out.
        let measured = locked_memory().unwrap_or_default();
        report::Scenario {
            name: self.scenario.name.to_owned(),
            purpose: self.scenario.purpose.to_owned(),
            ops,
            threads: self.threads,
            duration_s: self.began.elapsed().as_secs_f64(),
            degraded: BTreeMap::new(),
            expected_degraded: self.scenario.expects.iter().map(|&kind| kind.to_owned()).collect(),
            violations: as_reported(&self.violations),
            latency_ns: report::Latency { p50: 0, p99: 0, p999: 0, max: 0 },
            quiescence: report::Quiescence {
                live_buffers: 0,
                parked: 0,
                handed_over: 0,
                dirty_pages: 0,
                locked_bytes_stated: 0,
                locked_bytes_measured: measured.bytes,
                mappings_stated: 0,
                mappings_measured: measured.mappings,
            },
        }
    }
}

/// The violations as reports show them.
pub(super) fn as_reported(violations: &Violations) -> Vec<report::Violation> {
    let as_reported =
        |Violation { guarantee, message }| report::Violation { guarantee: guarantee.to_string(), message };
    violations.list().into_iter().map(as_reported).collect()
}
