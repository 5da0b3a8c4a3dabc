//! The lock itself: one word, and threads that wait while the word says that it is held.
//!
//! It is the same code on every leaf, so the models explore the lock that ships. A lock is self-contained: nothing but
//! the word says who waits, so a forked child inherits no waiter.
//!
//! | word | the lock is | its release |
//! |---|---|---|
//! | `FREE` | free | |
//! | `HELD` | held, and no thread waits | wakes no thread |
//! | `CONTENDED` | held, and threads may wait | wakes one thread |
//!
//! A thread that waits takes the lock as `CONTENDED`, because it cannot know whether others wait. So for each thread
//! that waits there is a holder who will wake one.

use super::leaf::{self, Deadline, Futex};
use std::sync::atomic::Ordering;
use std::time::Duration;

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

/// A mutual-exclusion lock without data.
pub(super) struct RawLock(Futex);

impl RawLock {
    pub(super) fn new() -> Self {
        Self(Futex::new(FREE))
    }

    /// Blocks until the lock is taken, or gives up after `timeout` and then returns `false`. `on_wait` is called first
    /// if the lock is not free; what it returns lives until the wait ends.
    #[inline]
    pub(super) fn lock<W>(&self, timeout: Option<Duration>, on_wait: impl FnOnce() -> W) -> bool {
        match self.take() {
            Ok(_) => true,
            Err(seen) => {
                let _waiting = on_wait();
                self.lock_held(seen, timeout)
            }
        }
    }

    /// `seen` is how the lock was when it could not be taken.
    #[cold]
    #[inline(never)]
    #[allow(clippy::reversed_empty_ranges, reason = "models do not spin")]
    fn lock_held(&self, mut seen: u32, timeout: Option<Duration>) -> bool {
        for round in 0..leaf::SPIN_ROUNDS {
            if seen == CONTENDED {
                // Others wait already. To go on trying would only overtake them.
                break;
            }
            leaf::backoff(round);
            seen = self.0.load(Ordering::Relaxed);
            if seen == FREE {
                match self.take() {
                    Ok(_) => return true,
                    Err(now) => seen = now,
                }
            }
        }
        let deadline = timeout.map(Deadline::after);
        loop {
            if seen != CONTENDED && self.0.swap(CONTENDED, Ordering::Acquire) == FREE {
                return true;
            }
            // If the time is up, this thread was not woken, so it owes nobody a wake.
            if !self.0.wait_while(CONTENDED, deadline) {
                return false;
            }
            // A thread that was woken says again that others may wait.
            seen = HELD;
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub(super) fn try_lock(&self) -> bool {
        self.take().is_ok()
    }

    #[inline]
    fn take(&self) -> Result<u32, u32> {
        self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed)
    }

    /// Releases the lock.
    ///
    /// # Safety
    /// The calling thread must hold the lock.
    #[inline]
    pub(super) unsafe fn unlock(&self) {
        if self.0.swap(FREE, Ordering::Release) == CONTENDED {
            self.0.wake(1);
        }
    }
}
