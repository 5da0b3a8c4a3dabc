//! Stress runs: the schema of `raw/stress.json`, and the page `stress.md`.
//!
//! The stress binary fills in a [`StressRun`] and calls [`write()`]. Everyone else calls [`load`].

mod chart;
mod page;
mod shortfall;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::{ReportError, file};

pub use page::render;
pub use shortfall::Shortfall;

/// What the `schema` field of a stress run says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-stress/1";

/// One run of the stress binary.
///
/// Unknown fields are refused on loading, here and below: a figure that no page can show must not vanish silently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StressRun {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Fixes each thread's operations, and not the interleaving of threads.
    pub seed: u64,
    /// The commit the binary was built from, as [`crate::commit::describe`] gives it.
    pub commit: String,
    /// The machine.
    pub host: Host,
    /// When the run began, in seconds since 1970 UTC.
    pub started_unix_s: u64,
    /// Threads asked for; a scenario may use another number.
    pub threads: usize,
    /// How long the whole run took.
    pub duration_s: f64,
    /// What the run says of itself. [`load`] does not take a "pass" on trust.
    pub verdict: Verdict,
    /// The scenarios, in the order they ran.
    pub scenarios: Vec<Scenario>,
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything promised was seen to hold.
    Pass,
    /// A promise was broken, or something that had to be seen was not.
    Fail,
    /// Threads stopped making progress and the run was ended.
    Stall,
    /// The machine could not run the scenarios as they are meant; nothing is shown either way.
    Unfit,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Stall => "stall",
            Self::Unfit => "unfit",
        })
    }
}

/// One scenario: threads that contend in one particular way until time is up, then come to rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Short name, unique in the run.
    pub name: String,
    /// What it is for, in one line.
    pub purpose: String,
    /// Operations completed by all threads together.
    pub ops: u64,
    /// Threads it ran.
    pub threads: usize,
    /// How long it ran.
    pub duration_s: f64,
    /// How often each degraded outcome occurred, by kind.
    pub degraded: BTreeMap<String, u64>,
    /// The kinds of degraded outcome this scenario exists to provoke. One that did not occur means it tested nothing.
    pub expected_degraded: Vec<String>,
    /// Broken promises.
    pub violations: Vec<Violation>,
    /// How long one operation took.
    pub latency_ns: Latency,
    /// What was left when every thread had ended.
    pub quiescence: Quiescence,
}

impl Scenario {
    /// Whether a promise was broken here. A scenario that did not fail may still fall short of a pass, see
    /// [`StressRun::shortfalls`].
    pub fn failed(&self) -> bool {
        !self.violations.is_empty()
    }
}

/// One broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// The name of the guarantee: ORDER, PROGRESS, WIPED, EXACT, CLEAN or VISIBLE.
    pub guarantee: String,
    /// What was seen; may have several lines.
    pub message: String,
}

/// How long one operation took, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Half of the operations took at most this long.
    pub p50: u64,
    /// 99 of 100 took at most this long.
    pub p99: u64,
    /// 999 of 1000 took at most this long.
    pub p999: u64,
    /// The slowest one.
    pub max: u64,
}

/// What was left when every thread of a scenario had ended.
///
/// *Stated* is what memguard counts, *measured* what the kernel says of the process: the library does not judge itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiescence {
    /// Buffers still alive.
    pub live_buffers: u64,
    /// Registrations still parked.
    pub parked: u64,
    /// Wipes handed over and not yet done.
    pub handed_over: u64,
    /// Pages at rest that are not all zero.
    pub dirty_pages: u64,
    /// Locked bytes as memguard counts them.
    pub locked_bytes_stated: u64,
    /// Locked bytes as the kernel counts them.
    pub locked_bytes_measured: u64,
    /// Mappings as memguard counts them.
    pub mappings_stated: u64,
    /// Mappings as the kernel counts them.
    pub mappings_measured: u64,
}

/// Where [`write()`] put its two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The raw JSON, the evidence.
    pub raw: PathBuf,
    /// The Markdown page derived from it.
    pub page: PathBuf,
}

/// Loads a raw stress run and checks that it may be believed.
///
/// # Errors
///
/// - [`ReportError::Read`] if the file cannot be read;
/// - [`ReportError::UnknownSchema`] if its `schema` is not [`SCHEMA`];
/// - [`ReportError::Malformed`] if it does not have the shape of that schema;
/// - [`ReportError::VerdictDisagrees`] if it states a pass and [`StressRun::shortfalls`] finds any.
pub fn load(path: &Path) -> Result<StressRun, ReportError> {
    from_json(path, &file::read(path)?)
}

/// Writes `run` to `raw/stress.json` and its page to `stress.md`, both in `reports_dir`, which is created if missing. Each
/// file appears as a whole or not at all.
///
/// The page is rendered from the raw file read back, not from `run`, so that it is what [`crate::check`] will compute.
///
/// # Errors
///
/// [`ReportError::Write`] or [`ReportError::NotAFile`] if a file cannot be written, and all that [`load`] returns, if `run`
/// is something that `load` refuses: a wrong `schema`, a number that is not finite, a pass that is none. In that case the
/// raw file is written all the same, because it is the evidence of the run, and the page is left as it was.
pub fn write(run: &StressRun, reports_dir: &Path) -> Result<Written, ReportError> {
    let written = Written { raw: reports_dir.join("raw").join("stress.json"), page: reports_dir.join("stress.md") };
    let mut json = serde_json::to_string_pretty(run)
        .map_err(|cause| ReportError::Malformed { path: written.raw.clone(), cause })?;
    json.push('\n');
    file::write_atomically(&written.raw, &json)?;
    let page = page_of(&written.raw, &json)?;
    file::write_atomically(&written.page, &page)?;
    Ok(written)
}

/// The page for the raw text `json`, which came from `path`.
pub(crate) fn page_of(path: &Path, json: &str) -> Result<String, ReportError> {
    from_json(path, json).map(|run| render(&run))
}

fn from_json(path: &Path, json: &str) -> Result<StressRun, ReportError> {
    let found = file::schema_of(path, json)?;
    if found.as_deref() != Some(SCHEMA) {
        return Err(ReportError::UnknownSchema { path: path.to_owned(), found, known: vec![SCHEMA] });
    }
    let run: StressRun = file::parse(path, json)?;
    if run.verdict == Verdict::Pass && run.computed_verdict() != Verdict::Pass {
        let reasons = run.shortfalls().iter().map(Shortfall::to_string).collect();
        return Err(ReportError::VerdictDisagrees { path: path.to_owned(), reasons });
    }
    Ok(run)
}
