//! For a terminal: a table that shows how far each step is.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use memguard_reports::units;
use memguard_reports::verify as record;

use super::{Screen, figures};
use crate::step::Step;

/// A line for each step that is asked for.
#[derive(Debug)]
pub struct Live<'s> {
    steps: &'s [Step],
    lines: Vec<Option<ProgressBar>>,
    table: MultiProgress,
    /// The width of the longest name.
    width: usize,
}

impl<'s> Live<'s> {
    /// A table of the steps that are asked for, on the standard output.
    pub fn new(steps: &'s [Step], asked_for: &[bool]) -> Self {
        let table = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        // A line that is wider than the terminal is cut.
        let style = ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let line =
            |&asked_for: &bool| asked_for.then(|| table.add(ProgressBar::new_spinner().with_style(style.clone())));
        let lines = asked_for.iter().map(line).collect();
        let width = steps.iter().map(|step| step.name.len()).max().unwrap_or(0);
        let live = Self { steps, lines, table, width };
        (0..steps.len()).for_each(|at| live.show(at, "waiting", "", ""));
        live
    }

    /// Removes the table from the terminal.
    pub fn clear(&self) {
        // The only error that can come is that the terminal is gone.
        let _ = self.table.clear();
    }

    fn show(&self, at: usize, state: &str, time: &str, what: &str) {
        if let Some(Some(line)) = self.lines.get(at) {
            let (name, width) = (self.steps[at].name, self.width);
            line.set_message(format!("{name:width$}  {state:11}  {time:>9}  {what}"));
            line.tick();
        }
    }
}

impl Screen for Live<'_> {
    fn began(&mut self, at: usize, _: &Step) {
        self.show(at, "running", "", "");
    }

    fn output(&mut self, _: &[u8]) {}

    fn tick(&mut self, at: usize, elapsed: Duration, counted: &[record::Figure]) {
        // Whole seconds: a time that changes twenty times in a second cannot be read.
        let time = format!("{}s", elapsed.as_secs());
        let time = if elapsed.as_secs() < 60 { time } else { units::span(elapsed.as_secs() as f64) };
        self.show(at, "running", &time, &figures(counted));
    }

    fn ended(&mut self, at: usize, step: &record::Step) {
        let what = step.reason.clone().unwrap_or_else(|| figures(&step.figures));
        self.show(at, &step.state.to_string(), &units::span(step.duration_s), &what);
    }
}
