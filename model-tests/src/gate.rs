//! The gate: refuses a run of all models that missed something, saw something that must not occur, or became smaller.
//!
//! `memguard_reports::models` decides that from the figures alone. The gate puts the figures together: the library's
//! table of sites, what each model saw, and the baseline. The baseline is committed, so that every change of it is
//! reviewed.

use crate::place;
use memguard::sync::Site;
use memguard_reports::models::{self, Baseline, Expected, Model, ModelsRun, Verdict};
use memguard_reports::render::models::coverage_tables;
use memguard_reports::{ReportError, commit, host, write_json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use std::{env, fs};

/// Set to accept what was seen as the new baseline.
const REFRESH: &str = "MEMGUARD_REFRESH";

/// Judges a complete run, prints what it reached and missed, and writes its record, `target/models.json`.
pub(crate) fn run(models: Vec<Model>, started: SystemTime, took: Duration) -> ExitCode {
    match judge(models, started, took) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            println!("gate: {error}");
            ExitCode::from(4)
        }
    }
}

/// Whether the run becomes the baseline.
pub(crate) fn refreshes() -> bool {
    env::var_os(REFRESH).is_some()
}

fn judge(models: Vec<Model>, started: SystemTime, took: Duration) -> Result<bool, ReportError> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut run = ModelsRun {
        schema: models::SCHEMA.to_owned(),
        command: vec!["cargo".to_owned(), "models".to_owned()],
        commit: commit::describe(&top),
        host: host::Host::detect(),
        started_unix_s: started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs(),
        duration_s: took.as_secs_f64(),
        verdict: Verdict::Fail,
        sites: sites(),
        baseline: read_baseline()?,
        models,
    };
    let refresh = refreshes();
    if refresh {
        run.baseline = fresh_baseline(&run);
        write_json(&run.baseline, &baseline_path())?;
    }
    run.verdict = run.computed_verdict();
    let record = place::target().join("models.json");
    write_json(&run, &record)?;
    println!("{}", coverage_tables(&run));
    let shortfalls = run.shortfalls();
    for shortfall in &shortfalls {
        println!("gate: {shortfall}");
    }
    let fresh = tables_are_fresh(&top.join("LOCK_ORDERING.md"), refresh)?;
    if !fresh {
        println!("gate: LOCK_ORDERING.md is stale; run: {REFRESH}=1 cargo models");
    }
    let executions: u64 = run.models.iter().map(|model| model.executions).sum();
    println!("test gate ... {}", if shortfalls.is_empty() && fresh { "ok" } else { "FAILED" });
    println!(
        "gate: {}, {} models, {executions} executions, {:.0} s, record in {}",
        run.verdict,
        run.models.len(),
        run.duration_s,
        fs::canonicalize(&record).unwrap_or(record).display()
    );
    Ok(shortfalls.is_empty() && fresh)
}

/// The library's table of sites, in the schema of the record.
pub(crate) fn sites() -> Vec<models::Site> {
    let row = |&site: &Site| models::Site {
        name: site.label().to_owned(),
        class: site.class().label().to_owned(),
        outcomes: site.outcomes().map(|outcome| outcome.label().to_owned()).collect(),
    };
    Site::ALL.iter().map(row).collect()
}

/// What the models reached now, as the next baseline. A new floor is three quarters of the executions. An old floor is
/// kept while the executions are between it and twice it.
fn fresh_baseline(run: &ModelsRun) -> Baseline {
    let expected = |model: &Model| {
        let executions = model.executions;
        let old = run.baseline.models.get(&model.name);
        let kept = old.filter(|old| old.floor <= executions && executions / 2 <= old.floor);
        let floor = kept.map_or(executions - executions / 4, |old| old.floor);
        (model.name.clone(), Expected { floor, executions })
    };
    let edges: BTreeSet<[String; 2]> = run
        .models
        .iter()
        .flat_map(|model| model.edges.iter().map(|edge| [edge.held.clone(), edge.wanted.clone()]))
        .collect();
    let models: BTreeMap<String, Expected> = run.models.iter().map(expected).collect();
    Baseline { models, lock_graph: edges.into_iter().collect(), coverage: run.coverage() }
}

fn baseline_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("baseline.json")
}

fn read_baseline() -> Result<Baseline, ReportError> {
    let path = baseline_path();
    let json = fs::read_to_string(&path).map_err(|cause| ReportError::Read { path: path.clone(), cause })?;
    serde_json::from_str(&json).map_err(|cause| ReportError::Malformed { path, cause })
}

fn tables_are_fresh(page: &Path, refresh: bool) -> Result<bool, ReportError> {
    let read =
        |path: &Path| fs::read_to_string(path).map_err(|cause| ReportError::Read { path: path.to_owned(), cause });
    let (current, baseline) = (read(page)?, read(&baseline_path())?);
    let fresh = crate::lock_tables::refreshed(&current, &baseline);
    if refresh && fresh != current {
        memguard_reports::write_atomically(page, &fresh)?;
        return Ok(true);
    }
    Ok(fresh == current)
}
