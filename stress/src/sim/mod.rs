//! Simulated runs: a seed fixes the program, the faults of the system, and every step of every thread.
//!
//! - [`Case`] is a program and its schedule. A seed draws one, and a file keeps one that failed.
//! - [`ScenarioCase`] is a scenario of the stress binary with a seed, on simulated threads and pages.
//! - [`Ran`] is what a run of a case did. The same case makes the same steps in every run.
//! - [`shrink`] looks for a smaller case that fails in the same way.
//!
//! The threads are shuttle's, and the pages and the time are simulated. The command line is `cargo sim`.

mod case;
mod executor;
mod file;
mod ran;
mod scenario_case;
mod schedule;
mod shrink;
mod simpler;

pub use case::Case;
pub use file::Saved;
pub use ran::{Ran, Totals};
pub use scenario_case::{ScenarioCase, scenarios};
pub use shrink::{Shrunk, shrink};
