//! The condition variable itself: a word that counts notifications, and threads that wait while it stays as it is.
//!
//! A thread reads the count while it holds the lock. A notification after the release changes the count, so the wait
//! ends at once. Only 2³² notifications between the two would go unseen.

use super::leaf::{Deadline, Futex};
use super::raw_lock::RawLock;
use std::sync::atomic::Ordering;

/// A condition variable over a [`RawLock`].
pub(super) struct RawCondvar(Futex);

impl RawCondvar {
    pub(super) fn new() -> Self {
        Self(Futex::new(0))
    }

    /// Releases `lock`, sleeps until notified or until `deadline`, takes `lock` again. Returns whether the deadline
    /// came first.
    ///
    /// # Safety
    /// The calling thread must hold `lock`. It holds it again afterwards.
    pub(super) unsafe fn wait_until(&self, lock: &RawLock, deadline: Option<Deadline>) -> bool {
        let notified = self.0.load(Ordering::Relaxed);
        // SAFETY: the caller holds the lock.
        unsafe { lock.unlock() };
        let in_time = self.0.wait_while(notified, deadline);
        lock.lock(None, || ());
        !in_time
    }

    /// Counts a notification. So a thread that waits and does not sleep yet will not sleep.
    ///
    /// Relaxed: the lock orders what the notification is about.
    pub(super) fn count_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Wakes the threads that sleep, after [`count_one`](Self::count_one).
    pub(super) fn wake_all(&self) {
        self.0.wake(u32::MAX);
    }
}
