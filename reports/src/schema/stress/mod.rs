//! Stress runs, which the stress binary records.

mod compare;
mod run;
mod shortfall;

pub use compare::{Change, compare};
pub use run::{Latency, LockTimes, LockUse, Partial, Quiescence, SCHEMA, Scenario, StressRun, Verdict, Violation};
pub use shortfall::Shortfall;
