//! The kill matrix: each known bug, and which detector notices it. `cargo kill-matrix` records it.

mod bug;
mod detector;
mod finding;
mod judged;
mod kind;
mod published;
mod run;
mod verdict;

pub use bug::Bug;
pub use detector::Detector;
pub use finding::{Finding, Judge, Outcome};
pub use judged::{ModelKills, Standing};
pub use kind::Kind;
pub use published::json_schema;
pub use run::{Absent, KillMatrix, SCHEMA};
pub use verdict::Verdict;
