//! How a cost grows.

use serde::{Deserialize, Serialize};

/// One operation, measured at several sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// The operation. With [`over`](Self::over) it names the measurement.
    pub name: String,
    /// What grows.
    pub over: String,
    /// How much of it, from left to right.
    pub at: Vec<u64>,
    /// Who was measured. memguard is the first.
    pub lines: Vec<Line>,
}

/// The figures of one of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The crate, or the bare calls.
    pub name: String,
    /// Nanoseconds for an operation at each of [`Growth::at`]. `None`: not measured.
    pub ns: Vec<Option<f64>>,
}
