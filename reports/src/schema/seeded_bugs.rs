//! Runs over the seeded bugs, which `model-tests/seeded-bugs/run` records.

use serde::{Deserialize, Serialize};

use crate::schema::provenance::Provenance;
use crate::schema::record::{Judgement, Record};
use crate::schema::verdict::Verdict;

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-seeded-bugs/2";

/// One run over all seeded bugs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededBugs {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Where and when.
    pub provenance: Provenance,
    /// How long the whole run took, builds included.
    pub duration_s: f64,
    /// The stated verdict. [`crate::load`] compares it with the figures.
    pub verdict: Verdict,
    /// The bugs, in the order in which they were planted.
    pub bugs: Vec<Bug>,
}

/// One bug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bug {
    /// The name of its patch.
    pub name: String,
    /// What it does, in one line.
    pub what: String,
    /// What each detector found, in the order in which they ran. Empty if the patch does not apply any more.
    pub findings: Vec<Finding>,
}

/// What one detector found of one bug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The detector.
    pub detector: Detector,
    /// What the detector did.
    pub outcome: Outcome,
    /// The first test that failed.
    pub by: Option<String>,
    /// What that test said.
    pub said: Option<String>,
    /// How long the detector ran until then, without the build.
    pub seconds: f64,
}

/// A program that may notice a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// The library's tests.
    Tests,
    /// The deep schedules, on shuttle.
    Shuttle,
    /// The simulated runs, on shuttle.
    Sim,
    /// The loom models.
    Loom,
}

/// What a detector did when a bug was planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A test failed.
    Caught,
    /// The detector did not end in time.
    Hung,
    /// All tests passed.
    Missed,
    /// The detector does not build any more. That shows nothing.
    DoesNotCompile,
}

impl Bug {
    /// Whether any detector noticed it.
    pub fn is_killed(&self) -> bool {
        self.findings.iter().any(|finding| matches!(finding.outcome, Outcome::Caught | Outcome::Hung))
    }

    /// What a detector found, if it ran.
    pub(crate) fn finding(&self, detector: Detector) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.detector == detector)
    }
}

impl SeededBugs {
    /// The names of the bugs that no detector noticed.
    pub fn survivors(&self) -> Vec<&str> {
        self.bugs.iter().filter(|bug| !bug.is_killed()).map(|bug| &*bug.name).collect()
    }

    /// Everything that counts against a pass, one phrase each.
    pub fn shortfalls(&self) -> Vec<String> {
        if self.bugs.is_empty() {
            return vec!["no bug was planted".to_owned()];
        }
        self.survivors().iter().map(|name| format!("no detector noticed {name}")).collect()
    }
}

impl Record for SeededBugs {
    const NAME: &'static str = "seeded-bugs";
    const SCHEMA: &'static str = SCHEMA;

    fn judgement(&self) -> Judgement {
        self.verdict.judged(self.shortfalls())
    }
}
