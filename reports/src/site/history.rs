//! The earlier records, which the git history of the folder has.

use std::path::Path;

use serde_json::Value;

use crate::render::html::{Block, Lines, Point, from_markdown, made};
use crate::render::markdown::{code, text};
use crate::render::table::table;
use crate::schema::commit::git;
use crate::schema::error::ReportError;
use crate::schema::kill_matrix::{KillMatrix, SCHEMA, Standing};
use crate::units;

/// The page.
pub(super) const FILE: &str = "history.html";

/// A figure that is followed over the records of a kind. Records of older schemas are read too, as far as they have it.
struct Followed {
    /// The kind of record.
    kind: &'static str,
    what: &'static str,
    of: fn(&Value) -> Option<f64>,
    shown: fn(f64) -> String,
}

/// What is followed. A new figure is one entry here.
const FOLLOWED: &[Followed] = &[
    Followed { kind: "models", what: "executions", of: |run| sum(run, "models", "executions"), shown: whole },
    Followed { kind: "models", what: "number of models", of: |run| length(run, "models"), shown: whole },
    Followed { kind: "stress", what: "operations", of: |run| sum(run, "scenarios", "ops"), shown: whole },
    Followed { kind: "stress", what: "number of scenarios", of: |run| length(run, "scenarios"), shown: whole },
    Followed { kind: "kill-matrix", what: "number of bugs", of: |run| length(run, "bugs"), shown: whole },
    Followed { kind: "kill-matrix", what: "bugs killed", of: killed, shown: whole },
    bench("create + destroy 32 B", |run| row(run, "create + destroy 32 B")),
    bench("read", |run| row(run, "read")),
    bench("open + destroy 32 B", |run| row(run, "open + destroy 32 B")),
    Followed { kind: "fuzz", what: "executions", of: executions, shown: whole },
];

const fn bench(what: &'static str, of: fn(&Value) -> Option<f64>) -> Followed {
    Followed { kind: "bench", what, of, shown: units::fine_nanoseconds }
}

/// A committed record.
struct Committed {
    commit: String,
    at_unix_s: u64,
    /// What its schema field says, if it is JSON.
    schema: String,
    json: Value,
}

/// What is below the heading.
///
/// # Errors
///
/// [`ReportError::Html`] if a value cannot be shown.
pub(super) fn body(reports: &Path) -> Result<String, ReportError> {
    let Some(is_shallow) = git(reports, &["rev-parse", "--is-shallow-repository"]) else {
        return Ok(from_markdown(&[Block::Markdown(NO_REPOSITORY.to_owned())]));
    };
    let mut page = vec![Block::Markdown(ABOUT.to_owned())];
    if is_shallow.trim() == "true" {
        page.push(Block::Markdown(SHALLOW.to_owned()));
    }
    let mut kinds: Vec<&str> = FOLLOWED.iter().map(|followed| followed.kind).collect();
    kinds.dedup();
    for kind in kinds {
        page.extend(section(kind, &committed(reports, kind))?);
    }
    Ok(from_markdown(&page))
}

const ABOUT: &str = "\
Each record is committed, so the git history has the earlier ones. The oldest is on the left. Records of different
machines or settings differ for these reasons too.
";

const NO_REPOSITORY: &str = "\
There is no history here: the folder of records is in no git repository, or git is not installed.
";

const SHALLOW: &str = "\
**This repository is a shallow clone.** The history below ends where the clone does.
";

/// The committed records of a kind, the oldest first. A commit that removed the record has none.
fn committed(reports: &Path, kind: &str) -> Vec<Committed> {
    let file = format!("records/{kind}.json");
    let log = git(reports, &["log", "--reverse", "--format=%H %ct", "--", &file]).unwrap_or_default();
    let record = |line: &str| {
        let (commit, at) = line.split_once(' ')?;
        let json = git(reports, &["show", &format!("{commit}:./{file}")])?;
        let json: Value = serde_json::from_str(&json).unwrap_or_default();
        let schema = json["schema"].as_str().unwrap_or("not readable").to_owned();
        Some(Committed { commit: commit.to_owned(), at_unix_s: at.parse().ok()?, schema, json })
    };
    log.lines().filter_map(record).collect()
}

fn section(kind: &str, records: &[Committed]) -> Result<Vec<Block>, ReportError> {
    let title = Block::Markdown(format!("## {kind}\n"));
    if records.is_empty() {
        return Ok(vec![title, Block::Markdown("No record of this kind was ever committed.\n".to_owned())]);
    }
    let followed: Vec<&Followed> = FOLLOWED.iter().filter(|followed| followed.kind == kind).collect();
    let pictures = followed.iter().filter_map(|followed| picture(followed, records)).map(|lines| made(&lines));
    let pictures = format!("<div class=\"charts\">\n{}</div>\n", pictures.collect::<Result<String, _>>()?);
    let head: Vec<String> = followed.iter().map(|followed| format!("{}:", followed.what)).collect();
    let head: Vec<&str> = ["committed", "commit", "schema"].into_iter().chain(head.iter().map(|it| &**it)).collect();
    let rows = records.iter().map(|record| {
        let figure = |followed: &&Followed| (followed.of)(&record.json).map_or("–".to_owned(), followed.shown);
        let first = [units::utc(record.at_unix_s), code(units::short(&record.commit)), text(&record.schema)];
        first.into_iter().chain(followed.iter().map(figure)).collect()
    });
    Ok(vec![title, Block::Html(pictures), Block::Markdown(table(&head, rows))])
}

/// A point for each record that has the figure.
fn picture(followed: &Followed, records: &[Committed]) -> Option<Lines> {
    let points = records.iter().enumerate().filter_map(|(at, record)| {
        let value = (followed.of)(&record.json)?;
        Some(Point { at: at as f64, when: units::day(record.at_unix_s), value, shown: (followed.shown)(value) })
    });
    Lines::new(followed.kind, followed.what, "rate", points.collect())
}

fn list<'v>(run: &'v Value, name: &str) -> Option<&'v Vec<Value>> {
    run[name].as_array()
}

fn length(run: &Value, name: &str) -> Option<f64> {
    list(run, name).map(|list| list.len() as f64)
}

/// The sum of a field over a list.
fn sum(run: &Value, name: &str, field: &str) -> Option<f64> {
    list(run, name)?.iter().map(|item| item[field].as_f64()).sum()
}

/// The median of a row of the benches.
fn row(run: &Value, name: &str) -> Option<f64> {
    list(run, "rows")?.iter().find(|row| row["name"] == name)?["value"].as_f64()
}

/// How many bugs enough detectors noticed. Only the present schema tells.
fn killed(run: &Value) -> Option<f64> {
    let is_known = run["schema"] == SCHEMA;
    let run: KillMatrix = is_known.then(|| serde_json::from_value(run.clone()).ok())??;
    Some(run.named(Standing::Killed).len() as f64)
}

fn executions(run: &Value) -> Option<f64> {
    sum(&run["campaign"], "targets", "executions")
}

fn whole(value: f64) -> String {
    // The cast saturates.
    units::count(value as u64)
}
