//! Threads of a [`Program`](crate::ops::Program): the system's, or shuttle's under its cfg. The one file that a cfg swaps.

#[cfg(not(shuttle))]
pub use std::thread::{JoinHandle, spawn, yield_now};

#[cfg(shuttle)]
pub use shuttle::thread::{JoinHandle, spawn, yield_now};
