//! Numbers for locks: the order in which they were made, in this process.

use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each lock a number of its own, greater than that of every lock made before it.
///
/// A thread that waits for several leases takes them in the order of their numbers, and reports name a lock by its
/// number. An address says nothing to a reader, and the order of two addresses may differ between two executions of a
/// model. This is not an atomic of the model checker, because the order in which a model makes its locks is part of its
/// schedule.
pub(super) fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
