//! The page of the kill matrix.

mod matrix;
mod models;
mod summary;

use crate::render::Page;
use crate::render::head::head;
use crate::render::markdown::{code, text};
use crate::render::provenance;
use crate::render::table::table;
use crate::schema::kill_matrix::{Bug, KillMatrix, Standing};
use crate::units;

impl Page for KillMatrix {
    fn page(&self) -> String {
        let sections = [
            heading(self),
            summary::section(self),
            matrix::section(self),
            matrix::overlooked(self),
            summary::order_checker_only(self),
            models::section(self),
            explanations(self),
            messages(self),
            origins(self),
        ];
        sections.join("\n")
    }
}

fn heading(run: &KillMatrix) -> String {
    let [killed, survived, weak, open] = [Standing::Killed, Standing::Survived, Standing::Weak, Standing::Open]
        .map(|standing| run.named(standing).len());
    let meaning = format!(
        "{killed} of {} bugs are killed: one detector noticed the bug, or two of them a bug of locks.\n\
         {survived} survived, only one detector noticed {weak} of locks, and {open} are not decided.",
        run.bugs.len(),
    );
    head(run, "Kill matrix", &run.computed_verdict().to_string(), &meaning)
}

fn explanations(run: &KillMatrix) -> String {
    let row = |bug: &Bug| vec![text(&bug.name), bug.kind.to_string(), bug.guarantee.to_string(), text(&bug.title)];
    format!(
        "## What the bugs are\n\n{}",
        table(&["bug", "kind", "guarantee", "what it does"], run.bugs.iter().map(row))
    )
}

fn messages(run: &KillMatrix) -> String {
    let rows = run.bugs.iter().flat_map(|bug| {
        bug.kills().map(|found| {
            vec![
                text(&bug.name),
                found.detector.to_string(),
                found.judge.map_or_else(String::new, |judge| judge.to_string()),
                found.by.as_deref().map(code).unwrap_or_default(),
                text(found.said.as_deref().unwrap_or_default()),
            ]
        })
    });
    let head = ["bug", "detector", "noticed by", "first that failed", "message, cut"];
    format!("## What the detectors said\n\n{}", table(&head, rows))
}

/// Where the findings come from. They may be of several runs.
fn origins(run: &KillMatrix) -> String {
    let mut commits: Vec<(&str, u64, usize)> = Vec::new();
    for found in run.bugs.iter().flat_map(|bug| &bug.findings).chain(&run.controls) {
        match commits.iter_mut().find(|(commit, ..)| *commit == found.commit) {
            Some((_, latest, count)) => {
                *count += 1;
                *latest = found.ended_unix_s.max(*latest);
            }
            None => commits.push((&found.commit, found.ended_unix_s, 1)),
        }
    }
    commits.sort_by_key(|&(_, latest, _)| latest);
    let rows =
        commits.into_iter().map(|(commit, latest, count)| vec![code(commit), count.to_string(), units::utc(latest)]);
    let findings = run.bugs.iter().flat_map(|bug| &bug.findings).chain(&run.controls);
    let spent: f64 = findings.map(|found| found.seconds + found.build_seconds).sum();
    format!(
        "{}\nA record grows over several runs. The table above is of the latest one; its duration is that of all\n\
         findings together. The findings are of these commits:\n\n{}",
        provenance::section(&run.command, spent, &run.provenance, None),
        table(&["commit", "findings:", "the latest"], rows)
    )
}
