//! Runs of the loom models, which the gate of `model-tests` records.
//!
//! The gate fills in a [`ModelsRun`] and asks it for its [`shortfalls`](ModelsRun::shortfalls). This module decides
//! from the figures alone, so every reader of the record comes to the same verdict.

mod coverage;
mod run;
mod shortfall;

pub use crate::schema::verdict::Verdict;
pub use run::{Baseline, Coverage, EdgeSeen, Expected, Model, ModelsRun, OutcomeSeen, SCHEMA, Site, Witness};
pub use shortfall::Shortfall;
