//! Stress runs, which the stress binary records.

mod compare;
mod join;
mod run;
mod shortfall;

pub use compare::{Change, compare};
pub use join::JoinError;
pub use run::{
    Calibration, FailedRun, Latency, LockTimes, LockUse, Partial, Quiescence, SCHEMA, Sample, Scenario, StressRun,
    Verdict, Violation,
};
pub use shortfall::Shortfall;
