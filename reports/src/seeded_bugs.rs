//! Seeded bugs: the schema of what `model-tests/seeded-bugs/run` writes, and the page `seeded-bugs.md`.
//!
//! The raw file states no verdict that would have to be believed: the page counts what it shows.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::markdown::{Align, code, table, text};
use crate::{ReportError, commit, file};

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-seeded-bugs/1";

/// One run over all seeded bugs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededBugs {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Of what, where and when.
    pub provenance: Provenance,
    /// How long the whole run took, builds included.
    pub duration_s: f64,
    /// The bugs, in the order in which they were planted.
    pub bugs: Vec<Bug>,
}

/// What a runner that is no Rust program asks this crate for, before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The commit, as [`crate::commit::describe`] gives it.
    pub commit: String,
    /// When the run began, in seconds since 1970 UTC.
    pub started_unix_s: u64,
    /// The machine.
    pub host: Host,
}

/// One bug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bug {
    /// The name of its patch.
    pub name: String,
    /// What it does, in one line.
    pub what: String,
    /// What each detector that saw it found, in the order in which they were tried.
    pub findings: Vec<Finding>,
}

/// What one detector made of one bug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The detector.
    pub detector: Detector,
    /// Whether it noticed.
    pub outcome: Outcome,
    /// The first test that failed.
    pub by: Option<String>,
    /// What that test said.
    pub said: Option<String>,
    /// How long the detector ran until then, without the build.
    pub seconds: f64,
}

/// Something that notices bugs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// The library's tests.
    Tests,
    /// The deep schedules.
    Shuttle,
    /// The loom models.
    Loom,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A test failed.
    Caught,
    /// The detector did not end in time.
    Hung,
    /// All tests passed.
    Missed,
    /// The detector does not build any more: nothing is shown.
    DoesNotCompile,
}

impl Provenance {
    /// Of the tree at `dir`, here and now.
    pub fn detect(dir: &Path) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self {
            commit: commit::describe(dir),
            started_unix_s: now.map_or(0, |since| since.as_secs()),
            host: Host::detect(),
        }
    }
}

impl Bug {
    /// Whether any detector noticed it.
    pub fn is_killed(&self) -> bool {
        self.findings.iter().any(|finding| matches!(finding.outcome, Outcome::Caught | Outcome::Hung))
    }

    fn finding(&self, detector: Detector) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.detector == detector)
    }
}

/// Loads a raw result.
///
/// # Errors
///
/// [`ReportError::Read`], [`ReportError::UnknownSchema`] or [`ReportError::Malformed`].
pub fn load(path: &Path) -> Result<SeededBugs, ReportError> {
    from_json(path, &file::read(path)?)
}

/// The page for the raw text `json`, which came from `path`.
pub(crate) fn page_of(path: &Path, json: &str) -> Result<String, ReportError> {
    from_json(path, json).map(|run| render(&run))
}

fn from_json(path: &Path, json: &str) -> Result<SeededBugs, ReportError> {
    let found = file::schema_of(path, json)?;
    if found.as_deref() != Some(SCHEMA) {
        return Err(ReportError::UnknownSchema { path: path.to_owned(), found, known: vec![SCHEMA] });
    }
    file::parse(path, json)
}

const DETECTORS: [(Detector, &str); 3] =
    [(Detector::Tests, "library's tests"), (Detector::Shuttle, "deep schedules"), (Detector::Loom, "loom models")];

/// The page of a run.
pub fn render(run: &SeededBugs) -> String {
    let killed = run.bugs.iter().filter(|bug| bug.is_killed()).count();
    let survivors: Vec<_> = run.bugs.iter().filter(|bug| !bug.is_killed()).map(|bug| code(&bug.name)).collect();
    let verdict = match survivors.as_slice() {
        [] => String::new(),
        names => format!(" **Survived: {}.**", names.join(", ")),
    };
    format!(
        "# Seeded bugs\n\n\
         Known faults, planted one at a time in a copy of the library, and what notices them: {killed} of {} are caught.{verdict}\n\n\
         Seconds are those of the detector until its first failure, without the build. A dash means that all its tests\n\
         passed; empty, that it was not asked.\n\n\
         {}\n## What the bugs are\n\n{}\n## What the detectors said\n\n{}\n{}",
        run.bugs.len(),
        matrix(run),
        explanations(run),
        messages(run),
        provenance(run)
    )
}

fn matrix(run: &SeededBugs) -> String {
    let head: Vec<_> = [("bug", Align::Left)]
        .into_iter()
        .chain(DETECTORS.iter().flat_map(|&(_, name)| [(name, Align::Left), ("s", Align::Right)]))
        .collect();
    let rows = run.bugs.iter().map(|bug| {
        let cells = DETECTORS.iter().flat_map(|&(detector, _)| match bug.finding(detector) {
            None => [String::new(), String::new()],
            Some(finding) => [noticed(finding), format!("{:.1}", finding.seconds)],
        });
        [text(&bug.name)].into_iter().chain(cells).collect()
    });
    table(&head, &rows.collect::<Vec<_>>())
}

fn noticed(finding: &Finding) -> String {
    let by = finding.by.as_deref().map(code).unwrap_or_default();
    match finding.outcome {
        Outcome::Caught if by.is_empty() => "caught".to_owned(),
        Outcome::Caught => by,
        Outcome::Hung => format!("hung {by}").trim_end().to_owned(),
        Outcome::Missed => "–".to_owned(),
        Outcome::DoesNotCompile => "does not compile".to_owned(),
    }
}

fn explanations(run: &SeededBugs) -> String {
    let rows: Vec<_> = run.bugs.iter().map(|bug| vec![text(&bug.name), text(&bug.what)]).collect();
    table(&[("bug", Align::Left), ("what it does", Align::Left)], &rows)
}

fn messages(run: &SeededBugs) -> String {
    let rows = run.bugs.iter().flat_map(|bug| {
        let said = |&(detector, name): &(Detector, &str)| {
            let said = bug.finding(detector)?.said.as_deref()?;
            Some(vec![text(&bug.name), name.to_owned(), text(said)])
        };
        DETECTORS.iter().filter_map(said)
    });
    let head = [("bug", Align::Left), ("detector", Align::Left), ("message, cut", Align::Left)];
    table(&head, &rows.collect::<Vec<_>>())
}

fn provenance(run: &SeededBugs) -> String {
    let Provenance { commit, started_unix_s, host } = &run.provenance;
    crate::provenance::section(&crate::provenance::Provenance {
        command: &run.command,
        commit,
        started_unix_s: *started_unix_s,
        duration_s: run.duration_s,
        host,
        seed: None,
        threads: None,
    })
}
