//! Small programs that can deadlock, and small programs that cannot, for any checker of locks.
//!
//! Each program is a function over a [`Tool`]: the locks, threads and channels that a checker offers. The
//! [list](programs::all) says of each program whether it is good or bad. [`harness`] runs one program in a process of
//! its own and says what the checker found.
//!
//! A program is bad if a schedule exists in which threads wait for each other for ever, no matter what its locks do.
//! The kinds of programs are those of the self-test of the Linux kernel's lockdep, and those that Rust adds: guards
//! that move, panics, leaked guards.

#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "what a tool does not offer falls back to std")]

#[cfg(feature = "ours")]
pub mod drawn;
pub mod harness;
#[cfg(feature = "ours")]
pub mod ours;
pub mod plain;
pub mod program;
pub mod programs;
pub mod schedule;
pub mod tool;

pub use program::{Expected, Program};
pub use tool::{Need, Tool};
