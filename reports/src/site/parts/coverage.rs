//! Which lines of the library tests and fuzz targets execute.

use crate::render::fuzz::coverage;
use crate::render::html::Block;
use crate::schema::error::ReportError;
use crate::schema::fuzz::{FuzzSummary, Part as FuzzPart};
use crate::schema::guarantee::Guarantee;
use crate::schema::verdict::Verdict;
use crate::site::part::{Part, View};
use crate::site::state::State;
use crate::units;

pub(in crate::site) struct LinesExecuted;

impl Part for LinesExecuted {
    type Record = FuzzSummary;
    const SLUG: &'static str = "coverage";
    const TITLE: &'static str = "Coverage";
    const ABOUT: &'static str = "The lines of the library that tests and fuzz targets together execute.";
    const COMMAND: &'static str = "fuzz/coverage.sh";
    const SERVES: &'static [Guarantee] = &[];

    fn view(run: &FuzzSummary) -> Result<Option<View>, ReportError> {
        let Some(shown) = &run.coverage else { return Ok(None) };
        let total = shown.total();
        let figure = format!("{:.1} % of {} lines executed", total.share(), units::count(total.all));
        let reasons = run.shortfalls_of(FuzzPart::Coverage);
        let state = State::judged(&Verdict::of(&reasons).to_string(), reasons);
        let body = vec![Block::Markdown(format!("## Lines executed\n\n{}", coverage(shown)))];
        Ok(Some(View::new(state, figure, &shown.origin.provenance, body).with_head::<FuzzSummary>()))
    }
}
