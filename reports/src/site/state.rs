//! What the record of a part shows.

use crate::schema::record::Record;

/// The state of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Its figures show nothing against a pass.
    Pass,
    /// Its verdict is another one.
    NoPass {
        /// The verdict, such as `fail` or `incomplete`.
        verdict: String,
        /// What the figures show against a pass, one phrase each.
        reasons: Vec<String>,
    },
    /// There is no record, or this part was not measured.
    Missing,
    /// The record cannot be used.
    Refused {
        /// Why.
        why: String,
    },
}

impl State {
    /// The state of a record that loading accepted.
    pub(super) fn of(record: &impl Record) -> Self {
        let judgement = record.judgement();
        Self::judged(&judgement.stated, judgement.shortfalls)
    }

    /// The state by a verdict and the reasons against a pass.
    pub(super) fn judged(verdict: &str, reasons: Vec<String>) -> Self {
        match verdict {
            "pass" if reasons.is_empty() => Self::Pass,
            verdict => Self::NoPass { verdict: verdict.to_owned(), reasons },
        }
    }

    /// Whether nothing is wrong or missing.
    pub fn is_pass(&self) -> bool {
        *self == Self::Pass
    }

    /// The state in one word.
    pub fn word(&self) -> &str {
        match self {
            Self::Pass => "pass",
            Self::NoPass { verdict, .. } => verdict,
            Self::Missing => "missing",
            Self::Refused { .. } => "refused",
        }
    }

    /// What is against a pass, one sentence or phrase each. `command` makes the record.
    pub fn reasons(&self, command: &str) -> Vec<String> {
        match self {
            Self::Pass => Vec::new(),
            Self::NoPass { reasons, .. } => reasons.clone(),
            Self::Missing => vec![format!("made by {command}")],
            Self::Refused { why } => vec![why.clone()],
        }
    }
}
