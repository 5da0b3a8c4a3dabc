//! The latest run of `cargo verify` on this machine.

use std::path::PathBuf;

use crate::render::html::{Block, verify_body};
use crate::schema::error::ReportError;
use crate::schema::guarantee::Guarantee;
use crate::schema::verify::{State as StepState, Step, VerifyRun};
use crate::site::part::{Part, View};
use crate::site::sources::Sources;
use crate::site::state::State;

pub(in crate::site) struct Verify;

/// What the record says of a step that serves every guarantee.
const ALL: &str = "all guarantees";

impl Part for Verify {
    type Record = VerifyRun;
    const SLUG: &'static str = "verify";
    const TITLE: &'static str = "Verify";
    const ABOUT: &'static str =
        "All that CI runs, with one verdict. The record is that of this machine and is not committed.";
    const COMMAND: &'static str = "cargo verify";
    const SERVES: &'static [Guarantee] = &Guarantee::ALL;

    fn path(sources: &Sources) -> PathBuf {
        sources.verify.clone()
    }

    fn view(run: &VerifyRun) -> Result<Option<View>, ReportError> {
        let passed = run.steps.iter().filter(|step| step.state == StepState::Pass).count();
        let figure = format!("{passed} steps passed; there are {}", run.steps.len());
        // The logs are not copied.
        let mut shown = run.clone();
        shown.steps.iter_mut().for_each(|step| step.log = None);
        let body = vec![Block::Html(verify_body(&shown)?)];
        let state = match selection(run) {
            Some(reason) if State::of(run).is_pass() => State::judged("incomplete", vec![reason]),
            _ => State::of(run),
        };
        let view = View::new(state, figure, &run.provenance, body).with_head::<VerifyRun>();
        Ok(Some(view.with_evidence(Self::SERVES, |guarantee| evidence(run, guarantee))))
    }
}

/// Why a pass of this run is not one of all steps.
fn selection(run: &VerifyRun) -> Option<String> {
    let selects = |word: &String| ["--quick", "--only", "--from"].iter().any(|option| word.starts_with(option));
    let asked_for = run.steps.iter().filter(|step| step.asked_for).count();
    let reason = || format!("the run was asked for {asked_for} of {} steps", run.steps.len());
    run.command.iter().any(selects).then(reason)
}

/// The steps that ran and serve a guarantee.
fn evidence(run: &VerifyRun, guarantee: Guarantee) -> Option<String> {
    let name = guarantee.to_string();
    let serves = |step: &&Step| {
        let mut words = step.serves.split(|c: char| !c.is_alphanumeric());
        step.state != StepState::NotRun && (step.serves.contains(ALL) || words.any(|word| word == name))
    };
    let shown = |step: &Step| match figures(step) {
        figures if figures.is_empty() => format!("{}: {}", step.name, step.state),
        figures => format!("{}: {} ({figures})", step.name, step.state),
    };
    let steps: Vec<String> = run.steps.iter().filter(serves).map(shown).collect();
    (!steps.is_empty()).then(|| steps.join("; "))
}

/// What a step counted.
pub(super) fn figures(step: &Step) -> String {
    step.figures.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
