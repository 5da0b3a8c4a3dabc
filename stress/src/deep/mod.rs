//! Deep schedules: programs too large for loom, run by [shuttle](https://docs.rs/shuttle) under many schedules drawn at
//! random.
//!
//! A pass is no proof, as a loom model's is. What it adds is size: six threads and hundreds of operations over one
//! session.

mod programs;
mod runner;
mod seen;

pub use programs::mixed;
pub use runner::{Deep, Failed, Passed, Policy};
pub use seen::Seen;
