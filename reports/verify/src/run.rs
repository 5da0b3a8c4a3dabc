//! Runs steps one after the other, and fills in the record.

use std::fs::{self, File};
use std::path::Path;
use std::time::Instant;

use memguard_reports::provenance::Provenance;
use memguard_reports::verify::{self as record, SCHEMA, State, Verdict, VerifyRun};

use crate::child::{Child, Priority};
use crate::running::{Running, Stop};
use crate::screen::Screen;
use crate::step::{Ahead, Command, Step};

/// A run of steps.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// All steps.
    pub steps: &'a [Step],
    /// For each step, whether it is asked for.
    pub asked_for: &'a [bool],
    /// What runs behind a step.
    pub ahead: Option<&'a Ahead>,
    /// Whether the steps after one that did not pass run all the same.
    pub keep_going: bool,
    /// The top of the checkout.
    pub top: &'a Path,
    /// The folder of the logs.
    pub folder: &'a Path,
}

impl Run<'_> {
    /// Runs what is asked for. `command` is the command line, for the record. `stop` is asked again and again.
    pub fn run(&self, command: Vec<String>, screen: &mut dyn Screen, stop: &mut dyn FnMut() -> Stop) -> VerifyRun {
        let began = Instant::now();
        // Before anything is written into the tree.
        let provenance = Provenance::detect(self.top);
        let mut steps: Vec<record::Step> =
            self.steps.iter().zip(self.asked_for).map(|(step, &asked_for)| self.not_run(step, asked_for)).collect();
        self.find_what_is_missing(&mut steps);
        let mut ahead = None;
        for (at, step) in self.steps.iter().enumerate() {
            let is_over = steps.iter().any(|step| !matches!(step.state, State::Pass | State::NotRun));
            if stop().signals > 0 || is_over && !self.keep_going {
                break;
            }
            if !self.asked_for[at] || steps[at].state == State::Unfit {
                continue;
            }
            ahead = ahead.or_else(|| self.start_ahead(at));
            screen.began(at, step);
            Running { at, step, top: self.top, folder: self.folder, record: &mut steps[at], screen, stop }.run();
            screen.ended(at, &steps[at]);
        }
        drop(ahead);
        let duration_s = began.elapsed().as_secs_f64();
        // A signal that comes behind the last step has ended nothing.
        let is_whole = steps.iter().all(|step| !step.asked_for || step.state == State::Pass);
        let ended_by = stop().first.filter(|_| !is_whole).map(str::to_owned);
        let schema = SCHEMA.to_owned();
        let mut run = VerifyRun { schema, command, provenance, duration_s, verdict: Verdict::Fail, ended_by, steps };
        run.verdict = run.computed_verdict();
        run
    }

    fn not_run(&self, step: &Step, asked_for: bool) -> record::Step {
        let line = |command: &Command| command.line(self.top).unwrap_or_else(|reason| reason);
        let figure = |figure: &crate::Figure| record::Figure { count: None, unit: figure.unit.to_owned() };
        record::Step {
            name: step.name.to_owned(),
            shows: step.shows.to_owned(),
            serves: step.serves.to_owned(),
            commands: step.commands.iter().map(line).collect(),
            asked_for,
            state: State::NotRun,
            duration_s: 0.0,
            figures: step.figures.iter().map(figure).collect(),
            reason: None,
            log: None,
            last_lines: Vec::new(),
        }
    }

    /// A missing program is told at once, and not after the minutes of the steps before.
    fn find_what_is_missing(&self, records: &mut [record::Step]) {
        for (step, record) in self.steps.iter().zip(records).filter(|(_, record)| record.asked_for) {
            let missing: Vec<String> = step.tools.iter().filter_map(|tool| tool.missing()).collect();
            if !missing.is_empty() {
                (record.state, record.reason) = (State::Unfit, Some(missing.join("; ")));
            }
        }
    }

    /// Starts what runs behind the step, if a step that it helps is to run.
    fn start_ahead(&self, at: usize) -> Option<Child> {
        let ahead = self.ahead.filter(|ahead| ahead.behind == self.steps[at].name)?;
        let mut asked_for = self.steps.iter().zip(self.asked_for).filter(|(_, asked_for)| **asked_for);
        if !asked_for.any(|(step, _)| ahead.help.contains(&step.name)) {
            return None;
        }
        // It only saves time. Without it, the steps that it would help build for themselves.
        fs::create_dir_all(self.folder).ok()?;
        let log = File::create(self.folder.join("ahead.log")).ok()?;
        Child::start(ahead.line, self.top, &log, Priority::Lowest).ok()
    }
}
