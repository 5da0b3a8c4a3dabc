//! What one detector found of one bug.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::kill_matrix::detector::Detector;

/// What one detector found of one bug, or of the tree without a bug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The detector.
    pub detector: Detector,
    /// What it did.
    pub outcome: Outcome,
    /// What noticed the bug.
    pub judge: Option<Judge>,
    /// The first test, model, seed or scenario that failed.
    pub by: Option<String>,
    /// What it said, on one line, cut.
    pub said: Option<String>,
    /// How long the detector ran until then, without the build.
    pub seconds: f64,
    /// How long the build took.
    pub build_seconds: f64,
    /// The models that failed by their own oracle.
    pub models: Vec<String>,
    /// Whether every model was run that noticed no other bug. Otherwise the run ended at the first model that failed.
    pub every_model: bool,
    /// The commit that was checked out.
    pub commit: String,
    /// A hash of the files that the detectors are built from, without the patch.
    pub tree: String,
    /// When the detector ended, in seconds since 1970 UTC.
    pub ended_unix_s: u64,
}

/// What a detector did when a bug was planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It failed, and its log says what failed.
    Caught,
    /// It did not end in time.
    Hung,
    /// It ran, and passed.
    Missed,
    /// It does not build any more. That shows nothing: `lints` says whether the library still compiles.
    NotBuilt,
}

/// What noticed the bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// An assertion of the test, the model, the scenario or the target.
    Oracle,
    /// The checker of the lock order.
    OrderChecker,
    /// No thread could go on.
    Deadlock,
    /// The models' gate: a model is vacuous or has become smaller, or something in the baseline was not seen.
    Gate,
    /// The process died of a signal, or a sanitizer or Miri ended it.
    Crash,
    /// The compiler or a lint.
    Compiler,
}

impl Finding {
    /// Whether the detector noticed the bug.
    pub fn is_kill(&self) -> bool {
        matches!(self.outcome, Outcome::Caught | Outcome::Hung)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Caught => "caught",
            Self::Hung => "hung",
            Self::Missed => "missed",
            Self::NotBuilt => "not built",
        })
    }
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Oracle => "oracle",
            Self::OrderChecker => "order checker",
            Self::Deadlock => "deadlock",
            Self::Gate => "gate",
            Self::Crash => "crash",
            Self::Compiler => "compiler",
        })
    }
}
