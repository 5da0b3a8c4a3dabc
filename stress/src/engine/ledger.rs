//! The ledger: what a run has come to so far. The watchdog reads it when the run itself cannot go on.

use super::findings::Findings;
use super::watchdog::Stall;
use crate::kernel::locked_memory;
use crate::scenarios::Scenario;
use crate::{Guarantee, Violation};
use memguard_reports::stress as report;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Entries>);

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
    findings: Arc<Findings>,
}

impl Ledger {
    /// A scenario begins. Returns where its violations go.
    pub(super) fn begin(&self, scenario: &'static Scenario, threads: usize) -> Arc<Findings> {
        let findings = Arc::new(Findings::default());
        let current = Current { scenario, threads, began: Instant::now(), findings: Arc::clone(&findings) };
        self.entries().current = Some(current);
        findings
    }

    /// It is over.
    pub(super) fn finish(&self, scenario: report::Scenario) {
        let mut entries = self.entries();
        entries.current = None;
        entries.finished.push(scenario);
    }

    pub(super) fn finished(&self) -> Vec<report::Scenario> {
        self.entries().finished.clone()
    }

    /// The finished scenarios and the one that stalled.
    pub(super) fn with_stalled(&self, stall: &Stall, ops: u64) -> Vec<report::Scenario> {
        let entries = self.entries();
        let mut all = entries.finished.clone();
        if let Some(current) = &entries.current {
            current.findings.add(Violation::new(Guarantee::Progress, stall.to_string().trim_end()));
            all.push(current.stalled(ops));
        }
        all
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    /// What is known of a scenario whose threads do not come back: nothing that would have to be asked of them or of the
    /// library, whose locks they may hold.
    fn stalled(&self, ops: u64) -> report::Scenario {
        // Threads that still work may unmap what is being looked at; then there is nothing to say about memory.
        let measured = locked_memory().unwrap_or_default();
        report::Scenario {
            name: self.scenario.name.to_owned(),
            purpose: self.scenario.purpose.to_owned(),
            ops,
            threads: self.threads,
            duration_s: self.began.elapsed().as_secs_f64(),
            degraded: BTreeMap::new(),
            expected_degraded: self.scenario.expects.iter().map(|&kind| kind.to_owned()).collect(),
            violations: self.findings.list(),
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
