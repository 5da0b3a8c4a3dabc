//! The stress run.

use crate::render::html::{Block, stress_body};
use crate::schema::error::ReportError;
use crate::schema::guarantee::Guarantee;
use crate::schema::provenance::Provenance;
use crate::schema::stress::StressRun;
use crate::site::part::{Part, View};
use crate::site::state::State;
use crate::units;

pub(in crate::site) struct Stress;

impl Part for Stress {
    type Record = StressRun;
    const SLUG: &'static str = "stress";
    const TITLE: &'static str = "Stress";
    const ABOUT: &'static str = "Threads of the system contend on real locked pages. Then what is left is inspected.";
    const COMMAND: &'static str = "cargo run --release -p memguard-stress -- run --duration 10min --publish";
    const SERVES: &'static [Guarantee] = &Guarantee::ALL;

    fn view(run: &StressRun) -> Result<Option<View>, ReportError> {
        let ops = run.scenarios.iter().map(|scenario| scenario.ops).sum();
        let figure = format!("{} operations in {} scenarios", units::count(ops), run.scenarios.len());
        let origin =
            Provenance { commit: run.commit.clone(), started_unix_s: run.started_unix_s, host: run.host.clone() };
        let evidence = |guarantee: Guarantee| {
            let violations = run.scenarios.iter().flat_map(|scenario| &scenario.violations);
            let broken = violations.filter(|violation| violation.guarantee == guarantee.to_string()).count();
            Some(format!("violations: {broken}, in {figure}"))
        };
        let body = vec![Block::Html(stress_body(run)?)];
        let view = View::new(State::of(run), figure.clone(), &origin, body);
        Ok(Some(view.with_head::<StressRun>().with_evidence(Self::SERVES, evidence)))
    }
}
