//! The progress bar, on a terminal only.

use super::units::count;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use memguard_reports::stress as report;
use memguard_stress::engine::Spectator;
use memguard_stress::scenarios::Scenario;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Shows on the standard error how far a run has come. indicatif draws nothing where that is no terminal.
pub struct Progress {
    bar: ProgressBar,
    /// The time of the scenarios that are over, in milliseconds.
    done: AtomicU64,
    share: AtomicU64,
}

impl Progress {
    /// A bar for a run of this duration.
    pub fn new(duration: Duration, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(millis(duration)), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {prefix}: {msg}") {
            bar.set_style(style);
        }
        Self { bar, done: AtomicU64::new(0), share: AtomicU64::new(0) }
    }

    /// Takes the bar off the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Spectator for Progress {
    fn began(&self, scenario: &Scenario, planned: Duration) {
        self.share.store(millis(planned), Ordering::Relaxed);
        self.bar.set_prefix(scenario.name);
    }

    fn tick(&self, elapsed: Duration, ops: u64) {
        let share = self.share.load(Ordering::Relaxed);
        self.bar.set_position(self.done.load(Ordering::Relaxed) + millis(elapsed).min(share));
        let overtime = if millis(elapsed) > share { ", until it has shown what it is for" } else { "" };
        self.bar.set_message(format!("{} operations{overtime}", count(ops)));
    }

    fn ended(&self, _: &report::Scenario) {
        let done = self.done.fetch_add(self.share.load(Ordering::Relaxed), Ordering::Relaxed);
        self.bar.set_position(done + self.share.load(Ordering::Relaxed));
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
