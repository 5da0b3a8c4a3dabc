//! The outcome of a record.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The outcome of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every bug was noticed, and every bug of locks by two detectors.
    Pass,
    /// A bug was not noticed by enough detectors, or a patch does not fit the code any more.
    Fail,
    /// Some bugs are not decided yet, because detectors did not run on them. Nothing else is wrong.
    Incomplete,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Incomplete => "incomplete",
        })
    }
}
