//! The binary as its users see it: arguments, runs, exit codes and reports.

mod arguments;
mod common;
mod runs;
mod unfit;
