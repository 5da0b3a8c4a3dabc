//! Stress runs, which the stress binary records.

mod run;
mod shortfall;

pub use run::{Latency, LockTimes, LockUse, Partial, Quiescence, SCHEMA, Scenario, StressRun, Verdict, Violation};
pub use shortfall::Shortfall;
