//! Simulated runs and deep schedules. A run of `cargo verify` records them.

use std::path::PathBuf;

use crate::render::html::Block;
use crate::render::markdown::{code, text};
use crate::render::table::table;
use crate::schema::error::ReportError;
use crate::schema::guarantee::Guarantee;
use crate::schema::verify::{State as StepState, Step, VerifyRun};
use crate::site::part::{Part, View};
use crate::site::parts::verify::figures;
use crate::site::sources::Sources;
use crate::site::state::State;
use crate::units;

pub(in crate::site) struct Sim;

/// The steps of `cargo verify` that run on shuttle.
const STEPS: [&str; 2] = ["sim", "deep"];

impl Part for Sim {
    type Record = VerifyRun;
    const SLUG: &'static str = "sim";
    const TITLE: &'static str = "Sim";
    const ABOUT: &'static str =
        "Programs, faults of the system and schedules that are drawn from seeds and run on shuttle.";
    const COMMAND: &'static str = "cargo verify --only sim --only deep";
    const SERVES: &'static [Guarantee] = &Guarantee::ALL;

    fn path(sources: &Sources) -> PathBuf {
        sources.verify.clone()
    }

    fn view(run: &VerifyRun) -> Result<Option<View>, ReportError> {
        let ran = |name| run.steps.iter().find(|step| step.name == name && step.state != StepState::NotRun);
        // All of them or none: one alone would pass for both.
        let Some(steps) = STEPS.iter().map(|name| ran(*name)).collect::<Option<Vec<&Step>>>() else {
            return Ok(None);
        };
        let worst = steps.iter().find(|step| step.state != StepState::Pass).or(steps.first());
        let reasons = steps.iter().filter_map(|step| Some(format!("{}: {}", step.name, step.reason.as_deref()?)));
        let verdict = worst.map(|step| step.state.to_string()).unwrap_or_default();
        let figure: Vec<String> = steps.iter().map(|step| format!("{}: {}", step.name, figures(step))).collect();
        let figure = figure.join("; ");
        let rows = steps.iter().map(|step| {
            let commands: Vec<String> = step.commands.iter().map(|command| code(command)).collect();
            let (shows, time) = (text(&step.shows), units::seconds(step.duration_s));
            vec![text(&step.name), step.state.to_string(), time, text(&figures(step)), commands.join(", "), shows]
        });
        let steps = table(&["step", "state", "time:", "figures", "command", "shows"], rows);
        let body = vec![Block::Markdown(format!("## Steps\n\n{steps}"))];
        let view = View::new(State::judged(&verdict, reasons.collect()), figure.clone(), &run.provenance, body);
        Ok(Some(view.with_head::<VerifyRun>().with_evidence(Self::SERVES, |_| Some(figure.clone()))))
    }
}
