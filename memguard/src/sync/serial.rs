//! Numbers the locks of this process in the order in which they are made.

use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each lock a number of its own, greater than that of every lock made before it.
///
/// A thread that waits for several leases takes them in the order of their numbers. Reports name a lock by its number.
/// Addresses would not do: they tell a reader nothing, and their order may differ between two executions of a model.
/// The counter is an atomic of the standard library, not of the model checker: the schedule already fixes the order in
/// which a model makes its locks.
pub(super) fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
