//! The locks of `parking_lot`, with checks.

use crate::raw;
use std::time::Instant;

pub use crate::raw::WaitTimeoutResult;

/// [`parking_lot::Mutex`] with checks.
pub type Mutex<T> = raw::Mutex<parking_lot::RawMutex, T>;
/// [`parking_lot::RwLock`] with checks.
pub type RwLock<T> = raw::RwLock<parking_lot::RawRwLock, T>;
/// [`parking_lot::MutexGuard`] with checks.
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, raw::RawMutex<parking_lot::RawMutex>, T>;
/// [`parking_lot::RwLockReadGuard`] with checks.
pub type RwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, raw::RawRwLock<parking_lot::RawRwLock>, T>;
/// [`parking_lot::RwLockWriteGuard`] with checks.
pub type RwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, raw::RawRwLock<parking_lot::RawRwLock>, T>;
/// [`parking_lot::RwLockUpgradableReadGuard`] with checks.
pub type RwLockUpgradableReadGuard<'a, T> =
    lock_api::RwLockUpgradableReadGuard<'a, raw::RawRwLock<parking_lot::RawRwLock>, T>;

/// [`parking_lot::FairMutex`] with checks.
pub type FairMutex<T> = raw::Mutex<parking_lot::RawFairMutex, T>;
/// [`parking_lot::ReentrantMutex`] with checks.
pub type ReentrantMutex<T> = raw::ReentrantMutex<parking_lot::RawMutex, parking_lot::RawThreadId, T>;
/// [`parking_lot::Condvar`] with checks.
pub type Condvar = raw::Condvar<parking_lot::Condvar>;

// SAFETY: `parking_lot` takes the mutex again before a wait ends. It panics only before it has released the mutex.
unsafe impl raw::RawCondvar for parking_lot::Condvar {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait asks for it")]
    const INIT: Self = Self::new();

    type Mutex = parking_lot::RawMutex;

    fn wait(&self, guard: &mut parking_lot::MutexGuard<'_, ()>) {
        self.wait(guard);
    }

    fn wait_until(&self, guard: &mut parking_lot::MutexGuard<'_, ()>, timeout: Instant) -> bool {
        self.wait_until(guard, timeout).timed_out()
    }

    fn notify_one(&self) -> bool {
        self.notify_one()
    }

    fn notify_all(&self) -> usize {
        self.notify_all()
    }
}
