//! The tests that run side by side in one process.
//!
//! A test that needs a process alone runs itself again as a child: see `support::alone`. Such a test purges the default
//! session, counts for the whole process, sets a logger, or lowers a limit.
//!
//! Each other binary has a reason:
//!
//! - `allocator.rs` has an allocator of its own.
//! - `order.rs` plants violations, which lockdep counts per process.
//! - `fork.rs` and `signals.rs` hold their children to a time limit, so nothing else may run meanwhile.
//! - `residue/` searches the memory of a release build.

mod api;
mod concurrency;
mod docs;
mod memory;
mod support;
