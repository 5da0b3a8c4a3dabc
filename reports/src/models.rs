//! Runs of the loom models: the schema of `raw/models.json`, the page `models.md`, and the judgement of the gate.
//!
//! The gate of `model-tests` fills in a [`ModelsRun`] and asks it for its [`shortfalls`](ModelsRun::shortfalls): what counts
//! as covered is decided here, from the file alone, so that a reader of the file comes to the same verdict.

mod page;
mod shortfall;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::{ReportError, file};

pub use page::{coverage_tables, render};
pub use shortfall::Shortfall;

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-models/1";

/// One run of all models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelsRun {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The command line.
    pub command: Vec<String>,
    /// The commit the models were built from, as [`crate::commit::describe`] gives it.
    pub commit: String,
    /// The machine.
    pub host: Host,
    /// When the run began, in seconds since 1970 UTC.
    pub started_unix_s: u64,
    /// How long the whole run took.
    pub duration_s: f64,
    /// What the run says of itself. [`load`] does not take a "pass" on trust.
    pub verdict: Verdict,
    /// The table of sites: what must be seen, and what may be.
    pub sites: Vec<Site>,
    /// What the committed baseline expects.
    pub baseline: Baseline,
    /// The models that passed, in the order in which they ran.
    pub models: Vec<Model>,
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that must be seen was seen, and nothing else.
    Pass,
    /// Something was not, or something was that must not be.
    Fail,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        })
    }
}

/// A place in the source that acquires a lock, as the library's table has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// The class of its lock.
    pub class: String,
    /// What can come of an acquisition here: each must be seen in a model.
    pub outcomes: Vec<String>,
    /// The classes under whose locks it waits: each must be seen in a model.
    pub waits_under: Vec<String>,
}

/// What a run is compared with: committed, so that a change of it is reviewed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Every model by name.
    pub models: BTreeMap<String, Expected>,
    /// The lock graph: the second site's lock is waited for while that of the first is held.
    pub lock_graph: Vec<[String; 2]>,
    /// For each outcome of each site, which models reach it.
    pub coverage: Coverage,
}

/// For each site and each of its outcomes, the two models with the fewest executions that reach it, or the only one.
pub type Coverage = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// What the baseline says of one model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// With fewer executions than this the model has become trivial.
    pub floor: u64,
    /// How many executions it had when the baseline was written.
    pub executions: u64,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Family and name.
    pub name: String,
    /// How many schedules were run.
    pub executions: u64,
    /// How long that took.
    pub seconds: f64,
    /// How many times a thread may be preempted in one execution; `null` means any number: the model is exhaustive.
    pub bound: Option<usize>,
    /// What a timed acquisition does when it would have to wait: `strict` waits for ever, `expires` gives up.
    pub timed: String,
    /// How often each site had each outcome.
    pub outcomes: Vec<OutcomeSeen>,
    /// How often each lock was waited for under each other one.
    pub edges: Vec<EdgeSeen>,
    /// How often each branch of the model itself was taken.
    pub saw: BTreeMap<String, u64>,
}

/// An outcome of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeSeen {
    /// The site.
    pub site: String,
    /// The outcome.
    pub outcome: String,
    /// In how many acquisitions, over all executions.
    pub count: u64,
    /// Where it was seen first.
    pub first: Witness,
}

/// A lock waited for while another was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeSeen {
    /// The site at which the held lock had been taken.
    pub held: String,
    /// The site that waited.
    pub wanted: String,
    /// How often, over all executions.
    pub count: u64,
    /// Where it was seen first.
    pub first: Witness,
}

/// The schedule that first showed something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Which execution, from 1.
    pub execution: u64,
    /// Which threads took locks up to then, in order, each turn named once: 0 is the model's main thread, others count in the
    /// order in which they were started. A thread that the library started is -1.
    pub turns: Vec<i32>,
}

/// Reads a run and checks that it is what it says.
///
/// # Errors
///
/// - [`ReportError::Read`] if the file cannot be read;
/// - [`ReportError::UnknownSchema`] if its `schema` is not [`SCHEMA`];
/// - [`ReportError::Malformed`] if it does not have the shape of that schema;
/// - [`ReportError::VerdictDisagrees`] if it states a pass and [`ModelsRun::shortfalls`] finds any.
pub fn load(path: &Path) -> Result<ModelsRun, ReportError> {
    from_json(path, &file::read(path)?)
}

/// Writes `value` as JSON that people can read, as a whole or not at all.
///
/// # Errors
/// [`ReportError::Malformed`] if it has a number that JSON cannot say, and as [`write_atomically`](crate::write_atomically).
pub fn write_json(value: &impl Serialize, path: &Path) -> Result<(), ReportError> {
    let mut json =
        serde_json::to_string_pretty(value).map_err(|cause| ReportError::Malformed { path: path.to_owned(), cause })?;
    json.push('\n');
    file::write_atomically(path, &json)
}

/// The page for the raw text `json`, which came from `path`.
pub(crate) fn page_of(path: &Path, json: &str) -> Result<String, ReportError> {
    from_json(path, json).map(|run| render(&run))
}

fn from_json(path: &Path, json: &str) -> Result<ModelsRun, ReportError> {
    let found = file::schema_of(path, json)?;
    if found.as_deref() != Some(SCHEMA) {
        return Err(ReportError::UnknownSchema { path: path.to_owned(), found, known: vec![SCHEMA] });
    }
    let run: ModelsRun = file::parse(path, json)?;
    let reasons: Vec<String> = run.shortfalls().iter().map(Shortfall::to_string).collect();
    if run.verdict == Verdict::Pass && !reasons.is_empty() {
        return Err(ReportError::VerdictDisagrees { path: path.to_owned(), reasons });
    }
    Ok(run)
}
