//! Oracles over raw bytes, for fuzz targets: each takes any input, does what the input says, and panics if a guarantee
//! is broken.
//!
//! Most of them decode a [`Program`](crate::ops::Program) from an [`OpMix`](crate::ops::OpMix) and run it. The panic
//! prints the program as code. They look at [`Health`](memguard::Health), the simulated pages and the reference model,
//! never at a lock.

mod concurrent;
mod enclave;
mod layout;
mod programs;

pub use concurrent::concurrent_program;
pub use enclave::tampered_enclave;
pub use layout::layout;
pub use programs::{buffer_ops, fault_plan, in_program, readers, registry_ops, stream_ops, typed_views};
