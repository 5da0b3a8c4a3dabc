//! Bugs by kind and by guarantee.

use crate::render::markdown::{code, text};
use crate::render::table::table;
use crate::schema::guarantee::Guarantee;
use crate::schema::kill_matrix::{Bug, Judge, KillMatrix, Kind, Standing};

pub(super) fn section(run: &KillMatrix) -> String {
    let kinds = Kind::ALL.into_iter().map(|kind| {
        let name = if kind.is_of_locks() { format!("{kind} (locks)") } else { kind.to_string() };
        row(run, name, |bug| bug.kind == kind)
    });
    let guarantees =
        Guarantee::ALL.into_iter().map(|guarantee| row(run, guarantee.to_string(), |bug| bug.guarantee == guarantee));
    let head = |first| [first, "bugs:", "killed:", "by these detectors", "not killed"];
    format!(
        "## By kind\n\nTwo detectors must notice a bug of a kind that is marked with *locks*.\n\n{}\n\
         ## By guarantee\n\n{}",
        table(&head("kind"), kinds),
        table(&head("guarantee"), guarantees)
    )
}

fn row(run: &KillMatrix, name: String, is_of: impl Fn(&Bug) -> bool) -> Vec<String> {
    let bugs: Vec<&Bug> = run.bugs.iter().filter(|bug| is_of(bug)).collect();
    let (killed, others): (Vec<&Bug>, Vec<&Bug>) = bugs.iter().partition(|bug| run.standing(bug) == Standing::Killed);
    let mut detectors: Vec<_> = bugs.iter().flat_map(|bug| bug.kills().map(|found| found.detector)).collect();
    detectors.sort();
    detectors.dedup();
    let labels: Vec<&str> = detectors.into_iter().map(|detector| detector.label()).collect();
    let others: Vec<String> = others.into_iter().map(|bug| text(&bug.name)).collect();
    vec![name, bugs.len().to_string(), killed.len().to_string(), labels.join(", "), others.join(", ")]
}

pub(super) fn order_checker_only(run: &KillMatrix) -> String {
    let names: Vec<String> = run
        .bugs
        .iter()
        .filter(|bug| bug.is_seen_by_the_order_checker_only())
        .map(|bug| format!("- {}\n", code(&bug.name)))
        .collect();
    let body = if names.is_empty() { "None.\n".to_owned() } else { names.concat() };
    format!(
        "## What only the {} noticed\n\n\
         It works inside several detectors, and reports first. So these do not count as independent of each other.\n\n\
         {body}",
        Judge::OrderChecker
    )
}
