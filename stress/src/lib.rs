//! Stress for memguard: many threads that get in each other's way on real locked memory, and oracles that know what must
//! come out.
//!
//! - [`ops`] are the operations, the reference model and the oracles. Property tests and fuzzing use them as well.
//! - [`oracles`] judge raw bytes, for fuzz targets.
//! - [`thread`] is where the threads of programs come from.
//! - [`scenarios`] are the ways in which threads contend.
//! - [`engine`] runs scenarios: threads, clocks, a watchdog, and the look at what is left when all is quiet.
//! - [`kernel`] and [`memlock`] are what the operating system says of the process, and its limit on locked memory.
//!
//! A seed fixes what each thread does, and not how the threads interleave. The same seed on another day is the same work in
//! another order.
//!
//! The binary `memguard-stress` is the command line over this.

#[cfg(shuttle)]
pub mod deep;
pub mod engine;
mod guarantee;
pub mod kernel;
pub mod memlock;
pub mod ops;
pub mod oracles;
pub mod planted;
pub mod scenarios;
pub mod thread;

pub use guarantee::{Guarantee, Violation};
