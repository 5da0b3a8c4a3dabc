//! The progress bar. It is shown only if the standard error is a terminal.

use crate::engine::Progress;
use crate::scenario::Scenario;
use indicatif::{ProgressBar as Bar, ProgressDrawTarget, ProgressStyle};
use memguard_reports::stress as report;
use memguard_reports::units::count;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Shows the progress of a run on the standard error. indicatif draws nothing if that is no terminal.
pub struct ProgressBar {
    bar: Bar,
    /// The time of the finished scenarios, in milliseconds.
    done: AtomicU64,
    /// The planned time of the scenario that runs, in milliseconds.
    planned: AtomicU64,
}

impl ProgressBar {
    /// A bar for a run of this duration.
    pub fn new(duration: Duration, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = Bar::with_draw_target(Some(millis(duration)), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {prefix}: {msg}") {
            bar.set_style(style);
        }
        Self { bar, done: AtomicU64::new(0), planned: AtomicU64::new(0) }
    }

    /// Removes the bar from the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for ProgressBar {
    fn scenario_started(&self, scenario: &Scenario, planned: Duration) {
        self.planned.store(millis(planned), Ordering::Relaxed);
        self.bar.set_prefix(scenario.name);
    }

    fn tick(&self, elapsed: Duration, ops: u64) {
        let planned = self.planned.load(Ordering::Relaxed);
        self.bar.set_position(self.done.load(Ordering::Relaxed) + millis(elapsed).min(planned));
        let overtime = if millis(elapsed) > planned { ", until the expected outcomes occur" } else { "" };
        self.bar.set_message(format!("{} operations{overtime}", count(ops)));
    }

    fn scenario_finished(&self, _: &report::Scenario) {
        let planned = self.planned.load(Ordering::Relaxed);
        self.bar.set_position(self.done.fetch_add(planned, Ordering::Relaxed) + planned);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
