//! A run of `cargo verify` as one page of HTML. It needs no other file and no network. It links the steps' logs, which
//! lie beside it.

use askama::Template;

use crate::render::html::page::{Page, made};
use crate::schema::error::ReportError;
use crate::schema::verify::{State, Step, VerifyRun};
use crate::units;

/// What the template gets.
#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyBody<'a> {
    run: &'a VerifyRun,
}

impl VerifyBody<'_> {
    fn passed(run: &VerifyRun) -> String {
        let asked_for = run.steps.iter().filter(|step| step.asked_for);
        let passed = run.steps.iter().filter(|step| step.state == State::Pass).count();
        format!("{passed} of {} steps that were asked for passed; there are {}", asked_for.count(), run.steps.len())
    }

    /// A class for the state, which gives it a colour.
    fn class(step: &Step) -> &'static str {
        match step.state {
            State::Pass => "pass",
            State::NotRun if !step.asked_for => "soft",
            State::Fail | State::Unfit | State::Interrupted | State::NotRun => "verdict",
        }
    }

    /// Whether logs lie beside the page.
    fn has_logs(run: &VerifyRun) -> bool {
        run.steps.iter().any(|step| step.log.is_some())
    }

    fn time(step: &Step) -> String {
        if step.state == State::NotRun { "–".to_owned() } else { units::seconds(step.duration_s) }
    }

    fn figures(step: &Step) -> String {
        let figures = step.figures.iter().filter(|figure| figure.count.is_some());
        figures.map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// The page. The same run gives the same bytes, on every machine.
///
/// # Errors
///
/// [`ReportError::Html`] if a value cannot be shown.
pub fn verify_html(run: &VerifyRun) -> Result<String, ReportError> {
    let (verdict, body) = (run.verdict.to_string(), verify_body(run)?);
    let title = format!("cargo verify: {verdict}");
    made(&Page { title: &title, heading: "cargo verify", state: Some(&verdict), links: &[], body: &body })
}

/// What is below the heading.
pub(crate) fn verify_body(run: &VerifyRun) -> Result<String, ReportError> {
    made(&VerifyBody { run })
}
