//! Stress runs, which the stress binary records.

mod compare;
mod join;
mod published;
mod run;
mod shortfall;

pub use compare::{Change, compare};
pub use join::JoinError;
pub use published::json_schema;
pub use run::{
    Calibration, FailedRun, Kind, Latency, LockTimes, LockUse, Partial, Quiescence, SCHEMA, Sample, Scenario,
    StressRun, Verdict, Violation,
};
pub use shortfall::Shortfall;
