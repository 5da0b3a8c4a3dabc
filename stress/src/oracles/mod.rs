//! Oracles over raw bytes, for fuzz targets: each takes any input, does what the input says, and panics if a guarantee
//! is broken.
//!
//! Most of them decode a [`Program`](crate::ops::Program) from a [`OpMix`](crate::ops::OpMix) and run it; the panic
//! then prints it as code. What they look at are the fields of [`Health`](memguard::Health), the simulated pages and
//! the reference model, never a lock.

mod concurrent;
mod enclave;
mod layout;
mod programs;

pub use concurrent::concurrent_program;
pub use enclave::tampered_enclave;
pub use layout::layout;
pub use programs::{buffer_ops, fault_plan, in_program, readers, registry_ops, stream_ops, typed_views};
