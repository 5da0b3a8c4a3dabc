//! The record of one model, for the coverage gate and the reports: `target/models/NAME.json`.

use crate::observed::Observed;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What the `schema` field says. Any change of shape or meaning raises the number.
const SCHEMA: &str = "memguard-model/1";

#[derive(Serialize)]
pub(crate) struct Record<'a> {
    schema: &'static str,
    name: &'a str,
    executions: u64,
    seconds: f64,
    /// How many times a thread may be preempted in one execution; `null` means any number: the model is exhaustive.
    bound: Option<usize>,
    timed: &'static str,
    outcomes: Vec<Outcome>,
    edges: Vec<Edge>,
    saw: &'a BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Outcome {
    site: &'static str,
    outcome: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct Edge {
    held: &'static str,
    wanted: &'static str,
    count: u64,
}

impl<'a> Record<'a> {
    pub(crate) fn new(
        name: &'a str,
        (executions, seconds): (u64, f64),
        (bound, timed): (Option<usize>, &'static str),
        observed: &Observed,
        saw: &'a BTreeMap<&'static str, u64>,
    ) -> Self {
        let outcomes = observed.outcomes.iter().map(|&((site, outcome), count)| Outcome {
            site: site.label(),
            outcome: outcome.label(),
            count,
        });
        let edges = observed.edges.iter().map(|&((held, wanted), count)| Edge {
            held: held.label(),
            wanted: wanted.label(),
            count,
        });
        let (outcomes, edges) = (outcomes.collect(), edges.collect());
        Self { schema: SCHEMA, name, executions, seconds, bound, timed, outcomes, edges, saw }
    }

    pub(crate) fn write(&self) -> io::Result<()> {
        let path = path_of(self.name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        fs::write(path, json)
    }
}

/// Removes the record of an earlier run, so that a model that fails now leaves none.
pub(crate) fn forget(name: &str) -> io::Result<()> {
    match fs::remove_file(path_of(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn path_of(name: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    // cargo runs tests in the folder of their package.
    target
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"))
        .join(format!("models/{name}.json"))
}
