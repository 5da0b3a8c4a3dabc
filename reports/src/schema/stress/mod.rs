//! Stress runs, which the stress binary records.

mod compare;
mod run;
mod shortfall;

pub use compare::{Change, compare};
pub use run::{
    Calibration, Latency, LockTimes, LockUse, Partial, Quiescence, SCHEMA, Sample, Scenario, StressRun, Verdict,
    Violation,
};
pub use shortfall::Shortfall;
