//! The report up to now, written before each scenario. It stays if the process dies without a word.

use super::joined::joined;
use super::progress_bar::ProgressBar;
use super::provenance::Provenance;
use crate::engine::{Plan, Progress};
use crate::scenario::Scenario;
use memguard_reports::stress as report;
use memguard_reports::write_json;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a report says ended a run that could not say it itself.
const UNTOLD: &str = "something that left no time to say so";

/// Writes the report up to now and shows the progress.
pub struct Checkpoint<'a> {
    bar: ProgressBar,
    plan: &'a Plan,
    provenance: &'a Provenance,
    finished: Mutex<Vec<report::Scenario>>,
    /// The runs of other seeds, which have ended.
    earlier: Option<report::StressRun>,
    /// Where the report goes.
    file: Option<PathBuf>,
}

impl<'a> Checkpoint<'a> {
    /// Writes to this file.
    pub fn new(
        plan: &'a Plan,
        provenance: &'a Provenance,
        earlier: Option<report::StressRun>,
        file: Option<PathBuf>,
        quiet: bool,
    ) -> Self {
        let bar = ProgressBar::new(plan.duration, quiet);
        Self { bar, plan, provenance, finished: Mutex::default(), earlier, file }
    }

    /// Removes the bar from the terminal.
    pub fn clear(&self) {
        self.bar.clear();
    }

    fn write(&self) {
        if let Some(file) = &self.file {
            let finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let run = self.provenance.partial(finished, UNTOLD.into(), self.plan);
            let run = joined(self.earlier.clone(), run);
            // Only a help: the report at the end says whether files can be written.
            let _ = write_json(&run, file);
        }
    }
}

impl Progress for Checkpoint<'_> {
    fn scenario_started(&self, scenario: &Scenario, planned: Duration) {
        self.write();
        self.bar.scenario_started(scenario, planned);
    }

    fn tick(&self, elapsed: Duration, ops: u64) {
        self.bar.tick(elapsed, ops);
    }

    fn scenario_finished(&self, scenario: &report::Scenario) {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).push(scenario.clone());
        self.bar.scenario_finished(scenario);
    }
}
