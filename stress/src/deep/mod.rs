//! Deep schedules: programs too large for loom, run by [shuttle](https://docs.rs/shuttle) under many schedules drawn at
//! random.
//!
//! A pass is no proof, unlike that of a loom model. But the programs are larger: six threads with twenty operations
//! each, on one session.

mod programs;
mod runner;
mod seen;

pub use programs::mixed;
pub use runner::{Deep, Failed, Passed, Policy};
pub use seen::Seen;
