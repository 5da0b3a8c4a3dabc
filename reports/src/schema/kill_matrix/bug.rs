//! A bug, and what was found of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::guarantee::Guarantee;
use crate::schema::kill_matrix::detector::Detector;
use crate::schema::kill_matrix::finding::{Finding, Judge, Outcome};
use crate::schema::kill_matrix::kind::Kind;

/// One bug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bug {
    /// The name of its patch.
    pub name: String,
    /// What goes wrong, as a kind.
    pub kind: Kind,
    /// The guarantee that it breaks.
    pub guarantee: Guarantee,
    /// What it does, in one sentence.
    pub title: String,
    /// The fuzz target that must find it, if there is one.
    pub fuzz_target: Option<String>,
    /// A hash of its change.
    pub patch: String,
    /// Whether the patch still fits the code.
    pub applies: bool,
    /// What each detector found. A detector that did not run is not here.
    pub findings: Vec<Finding>,
}

impl Bug {
    /// What a detector found, if it ran.
    pub fn finding(&self, detector: Detector) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.detector == detector)
    }

    /// Whether a detector can run on it. A fuzzer needs a target.
    pub fn concerns(&self, detector: Detector) -> bool {
        detector != Detector::Fuzz || self.fuzz_target.is_some()
    }

    /// What was found by the detectors that noticed it.
    pub fn kills(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_kill())
    }

    /// How many detectors must notice it.
    pub fn wanted(&self) -> usize {
        if self.kind.is_of_locks() { 2 } else { 1 }
    }

    /// Whether enough detectors noticed it.
    pub fn is_killed(&self) -> bool {
        self.kills().count() >= self.wanted()
    }

    /// Whether detectors noticed it, and in each of them it was the order checker that did.
    pub fn is_seen_by_the_order_checker_only(&self) -> bool {
        self.kills().next().is_some() && self.kills().all(|finding| finding.judge == Some(Judge::OrderChecker))
    }

    /// The detectors that are made for its kind, ran, and passed.
    pub fn overlooked_by(&self) -> impl Iterator<Item = Detector> {
        let missed =
            |detector: &&Detector| self.finding(**detector).is_some_and(|found| found.outcome == Outcome::Missed);
        self.kind.expected().iter().filter(missed).copied()
    }
}
