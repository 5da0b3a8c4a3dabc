//! Runs all that CI runs, and ends with one verdict.
//!
//! Each step is data: its name, what it shows, its commands, and what its output must count. A step passes if every
//! command ends with 0 and every figure is there and is not 0. So a gate that ran nothing fails.
//!
//! # Floors
//!
//! From the top down. A file uses only the floors below it:
//!
//! | module | what |
//! |---|---|
//! | `cli` | the command line, the list of steps, the exit codes |
//! | `run` | runs steps one after the other, and fills in the record |
//! | `running` | one step that runs |
//! | `screen` | what is shown meanwhile: a table on a terminal, or the output of the commands in a log |
//! | `summary` | what is shown at the end |
//! | `steps` | the steps of this repository |
//! | `selection` | which steps run |
//! | `child` | a command with a process group of its own, whose output goes to a file |
//! | `signals` | the signals that end a run early |
//! | `tools` | the programs that steps need |
//! | `excerpt` | what the output of a step says of its failure |
//! | `figure` | reads figures from the output |
//! | `step` | what a step is |
//!
//! The record, [`memguard_reports::verify::VerifyRun`], and its page belong to `memguard-reports`.

mod child;
mod cli;
mod excerpt;
mod figure;
mod run;
mod running;
mod screen;
mod selection;
mod signals;
mod step;
pub mod steps;
mod summary;
mod tools;

pub use cli::{Exit, main, main_of};
pub use figure::Figure;
pub use run::Run;
pub use running::Stop;
pub use screen::{Plain, Screen};
pub use step::{Ahead, Command, Scope, Step};
pub use tools::Tool;
