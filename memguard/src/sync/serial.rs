//! Numbers the locks of this process.

use super::leaf::per_thread;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many numbers a thread takes at a time. So threads that make locks write the counter seldom.
const BLOCK: u64 = 1024;

// The numbers that this thread has left: the next one, and the first that is not its own.
per_thread! { static LEFT: Cell<(u64, u64)> = Cell::new((0, 0)); }

/// Gives each lock a number of its own, greater than that of every lock that the same thread made before.
///
/// A thread that waits for several leases takes them in the order of their numbers. Reports name a lock by its number.
/// Addresses would not do: they tell a reader nothing, and their order may differ between two executions of a model.
/// The counter is an atomic of the standard library, not of the model checker: the schedule already fixes the order in
/// which the threads of a model make their locks.
#[inline]
pub(super) fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    LEFT.with(|left| {
        let (mut next, mut end) = left.get();
        if next == end {
            next = NEXT.fetch_add(BLOCK, Ordering::Relaxed);
            end = next + BLOCK;
        }
        left.set((next + 1, end));
        next
    })
}
