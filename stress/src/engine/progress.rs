//! How a run reports its progress.

use crate::scenario::Scenario;
use memguard_reports::stress as report;
use std::time::Duration;

/// Receives the progress of a run.
pub trait Progress: Sync {
    /// A scenario starts. It is planned to take this long.
    fn scenario_started(&self, scenario: &Scenario, planned: Duration);
    /// The scenario's threads have run for this long and completed this many operations.
    fn tick(&self, elapsed: Duration, ops: u64);
    /// The scenario has ended.
    fn scenario_finished(&self, scenario: &report::Scenario);
}
