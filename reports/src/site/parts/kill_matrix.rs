//! The kill matrix.

use std::collections::BTreeSet;

use crate::render::Page as _;
use crate::render::html::Block;
use crate::schema::error::ReportError;
use crate::schema::guarantee::Guarantee;
use crate::schema::kill_matrix::{Bug, KillMatrix, Standing};
use crate::site::part::{Part, View};
use crate::site::state::State;

pub(in crate::site) struct Matrix;

impl Part for Matrix {
    type Record = KillMatrix;
    const SLUG: &'static str = "kill-matrix";
    const TITLE: &'static str = "Kill matrix";
    const ABOUT: &'static str = "Known bugs, each planted alone, and which detector notices it.";
    const COMMAND: &'static str = "cargo kill-matrix";
    const SERVES: &'static [Guarantee] = &Guarantee::ALL;

    fn view(run: &KillMatrix) -> Result<Option<View>, ReportError> {
        let all: Vec<&Bug> = run.bugs.iter().collect();
        let figure = counts(run, &all, "bugs");
        let view = View::new(State::of(run), figure, &run.provenance, vec![Block::Markdown(run.page())]);
        Ok(Some(view.with_evidence(Self::SERVES, |guarantee| Some(evidence(run, guarantee)))))
    }
}

/// How many of the bugs have which standing. Those that none has are left out.
fn counts(run: &KillMatrix, bugs: &[&Bug], what: &str) -> String {
    let count = |standing| bugs.iter().filter(|bug| run.standing(bug) == standing).count();
    let others = [
        (Standing::Open, "not decided"),
        (Standing::Survived, "survived"),
        (Standing::Weak, "noticed by only one detector"),
        (Standing::Stale, "not fitting the code"),
    ];
    let others = others.map(|(standing, words)| (count(standing), words));
    let others = others.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!(", {count} {words}"));
    format!("{} of {} {what} are killed{}", count(Standing::Killed), bugs.len(), others.collect::<String>())
}

fn evidence(run: &KillMatrix, guarantee: Guarantee) -> String {
    let bugs: Vec<&Bug> = run.bugs.iter().filter(|bug| bug.guarantee == guarantee).collect();
    let detectors: BTreeSet<_> = bugs.iter().flat_map(|bug| bug.kills().map(|found| found.detector)).collect();
    let detectors: Vec<String> = detectors.iter().map(ToString::to_string).collect();
    let is_of = |name: &&str| bugs.iter().any(|bug| bug.name == *name);
    let models = run.model_kills().iter().filter(|kills| kills.bugs.iter().any(is_of)).count();
    let noticed = if detectors.is_empty() { "no detector so far".to_owned() } else { detectors.join(", ") };
    format!(
        "{}; noticed by {noticed}; models that noticed one by their own oracle: {models}",
        counts(run, &bugs, "bugs that break it")
    )
}
