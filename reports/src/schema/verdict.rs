//! A verdict with two values. A stress run has more: [`crate::stress::Verdict`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::record::Judgement;

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The figures show nothing against a pass.
    Pass,
    /// The figures show something against a pass.
    Fail,
}

impl Verdict {
    /// The verdict that these shortfalls leave.
    pub(crate) fn of<T>(shortfalls: &[T]) -> Self {
        if shortfalls.is_empty() { Self::Pass } else { Self::Fail }
    }

    /// This verdict, and the one that the figures support.
    pub(crate) fn judged(self, shortfalls: Vec<String>) -> Judgement {
        Judgement { stated: self.to_string(), agrees: self == Self::of(&shortfalls), shortfalls }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}
