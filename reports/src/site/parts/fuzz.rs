//! The fuzz targets.

use crate::render::fuzz::campaign;
use crate::render::html::Block;
use crate::schema::error::ReportError;
use crate::schema::fuzz::{FuzzSummary, Part as FuzzPart};
use crate::schema::guarantee::Guarantee;
use crate::schema::verdict::Verdict;
use crate::site::part::{Part, View};
use crate::site::state::State;
use crate::units;

pub(in crate::site) struct Fuzz;

impl Part for Fuzz {
    type Record = FuzzSummary;
    const SLUG: &'static str = "fuzz";
    const TITLE: &'static str = "Fuzz";
    const ABOUT: &'static str = "Programs that libFuzzer writes, beside a reference model.";
    const COMMAND: &'static str = "fuzz/nightly.sh";
    // Those of the table of targets in fuzz/README.md.
    const SERVES: &'static [Guarantee] =
        &[Guarantee::Order, Guarantee::Progress, Guarantee::Wiped, Guarantee::Exact, Guarantee::Visible];

    fn view(run: &FuzzSummary) -> Result<Option<View>, ReportError> {
        let Some(shown) = &run.campaign else { return Ok(None) };
        let executions = shown.targets.iter().map(|target| target.executions).sum();
        let crashes: usize = shown.targets.iter().map(|target| target.crashes.len()).sum();
        let (targets, executions) = (shown.targets.len(), units::count(executions));
        let figure = format!("executions: {executions}, targets: {targets}, failures: {crashes}");
        let reasons = run.shortfalls_of(FuzzPart::Campaign);
        let state = State::judged(&Verdict::of(&reasons).to_string(), reasons);
        let body = vec![Block::Markdown(format!("## Targets\n\n{}", campaign(shown)))];
        let view = View::new(state, figure.clone(), &shown.origin.provenance, body).with_head::<FuzzSummary>();
        Ok(Some(view.with_evidence(Self::SERVES, |_| Some(figure.clone()))))
    }
}
