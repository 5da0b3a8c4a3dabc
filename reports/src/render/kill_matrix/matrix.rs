//! Bugs by detectors.

use crate::render::markdown::{code, text};
use crate::render::table::table;
use crate::schema::kill_matrix::{Bug, Detector, Finding, Judge, KillMatrix, Outcome, Standing};

pub(super) fn section(run: &KillMatrix) -> String {
    let detectors = shown(run);
    let head: Vec<&str> =
        ["bug"].into_iter().chain(detectors.iter().map(|detector| detector.label())).chain(["standing"]).collect();
    let rows = run.bugs.iter().map(|bug| {
        let cells = detectors.iter().map(|&detector| bug.finding(detector).map_or_else(String::new, cell));
        [text(&bug.name)].into_iter().chain(cells).chain([standing(run.standing(bug)).to_owned()]).collect()
    });
    format!(
        "## Which detector notices which bug\n\n\
         Each bug is planted alone in a copy of the workspace. A cell says what noticed it, and after how many\n\
         seconds of running. The section on messages names the test. A dash: the detector ran and passed. Empty: it\n\
         did not run.\n\n{}\n{}",
        table(&head, rows),
        detectors_of(run)
    )
}

fn shown(run: &KillMatrix) -> Vec<Detector> {
    let has_run = |detector: &Detector| run.bugs.iter().any(|bug| bug.finding(*detector).is_some());
    Detector::ALL.into_iter().filter(has_run).collect()
}

fn cell(found: &Finding) -> String {
    let judge = match (found.outcome, found.judge) {
        (Outcome::Missed, _) => return "–".to_owned(),
        (Outcome::NotBuilt, _) => return "does not build".to_owned(),
        (Outcome::Hung, _) => "hung".to_owned(),
        (Outcome::Caught, Some(Judge::Oracle) | None) => "its oracle".to_owned(),
        (Outcome::Caught, Some(judge)) => judge.to_string(),
    };
    format!("{judge}, {:.1} s", found.seconds)
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Killed => "killed",
        Standing::Weak => "**one detector only**",
        Standing::Survived => "**survived**",
        Standing::Open => "not decided",
        Standing::Stale => "**does not apply**",
    }
}

fn detectors_of(run: &KillMatrix) -> String {
    let rows = Detector::ALL.into_iter().map(|detector| {
        let absent = run.absent.iter().find(|absent| absent.detector == detector);
        let control = run.controls.iter().find(|control| control.detector == detector);
        let found: Vec<&Finding> = run.bugs.iter().filter_map(|bug| bug.finding(detector)).collect();
        let killed = found.iter().filter(|found| found.is_kill()).count();
        let without = match (control, absent) {
            (Some(control), _) => format!("passes, {:.1} s", control.seconds),
            (None, Some(absent)) => text(&absent.why),
            (None, None) => "not run".to_owned(),
        };
        vec![
            code(detector.label()),
            detector.meaning().to_owned(),
            without,
            found.len().to_string(),
            killed.to_string(),
        ]
    });
    table(&["detector", "what it is", "without a bug", "bugs it ran on:", "noticed:"], rows)
}

pub(super) fn overlooked(run: &KillMatrix) -> String {
    let row = |bug: &Bug| {
        let missed: Vec<&str> = bug.overlooked_by().map(Detector::label).collect();
        (!missed.is_empty()).then(|| vec![text(&bug.name), bug.kind.to_string(), missed.join(", ")])
    };
    let rows: Vec<Vec<String>> = run.bugs.iter().filter_map(row).collect();
    let body = if rows.is_empty() { "None so far.\n".to_owned() } else { table(&["bug", "kind", "passed by"], rows) };
    format!(
        "## What a detector should have noticed and did not\n\n\
         Each kind of bug has detectors that are made for it. These ran on such a bug, and passed.\n\n{body}"
    )
}
