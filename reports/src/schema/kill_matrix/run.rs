//! The record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::kill_matrix::bug::Bug;
use crate::schema::kill_matrix::detector::Detector;
use crate::schema::kill_matrix::finding::Finding;
use crate::schema::kill_matrix::verdict::Verdict;
use crate::schema::provenance::Provenance;

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-kill-matrix/1";

/// Known bugs, detectors, and what was found. A record grows over several runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KillMatrix {
    /// Always [`SCHEMA`].
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The command line of the latest run, program first.
    pub command: Vec<String>,
    /// Where and when the latest run was made. Each finding has its own commit and time.
    pub provenance: Provenance,
    /// The stated verdict. [`crate::load`] compares it with the figures.
    pub verdict: Verdict,
    /// The detectors that the latest run could not use.
    pub absent: Vec<Absent>,
    /// What each detector found without a bug. All of them pass, otherwise no bug is planted.
    pub controls: Vec<Finding>,
    /// The names of all loom models.
    pub models: Vec<String>,
    /// The bugs, by name.
    pub bugs: Vec<Bug>,
}

/// A detector that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// The detector.
    pub detector: Detector,
    /// What is missing, and how to get it.
    pub why: String,
}
