//! The loom models.

use crate::render::Page as _;
use crate::render::html::Block;
use crate::schema::error::ReportError;
use crate::schema::guarantee::Guarantee;
use crate::schema::models::ModelsRun;
use crate::schema::provenance::Provenance;
use crate::site::part::{Part, View};
use crate::site::state::State;
use crate::units;

pub(in crate::site) struct Models;

impl Part for Models {
    type Record = ModelsRun;
    const SLUG: &'static str = "models";
    const TITLE: &'static str = "Models";
    const ABOUT: &'static str = "Small concurrent programs, run by loom under every schedule that it can tell apart.";
    const COMMAND: &'static str = "cargo models";
    const SERVES: &'static [Guarantee] = &[Guarantee::Order, Guarantee::Progress, Guarantee::Wiped, Guarantee::Exact];

    fn view(run: &ModelsRun) -> Result<Option<View>, ReportError> {
        let executions = run.models.iter().map(|model| model.executions).sum();
        let figure = format!("{} models, {} executions", run.models.len(), units::count(executions));
        let view = View::new(State::of(run), figure.clone(), &origin(run), vec![Block::Markdown(run.page())]);
        Ok(Some(view.with_evidence(Self::SERVES, |_| Some(figure.clone()))))
    }
}

/// Where and when the models ran.
pub(super) fn origin(run: &ModelsRun) -> Provenance {
    Provenance { commit: run.commit.clone(), started_unix_s: run.started_unix_s, host: run.host.clone() }
}
