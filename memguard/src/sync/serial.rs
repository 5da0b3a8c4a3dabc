//! Numbers for locks: the order in which they were made, in this process.

use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each lock a number that no other has, greater than that of every lock made before it.
///
/// Leases are taken in the order of their numbers where several are waited for, and reports call a lock by its number. An
/// address would do for the order, but it says nothing to a reader, and an allocator may turn it round from one
/// execution of a model to the next. Not a loom atomic: the order in which a model makes its locks is part of its schedule.
pub(super) fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
