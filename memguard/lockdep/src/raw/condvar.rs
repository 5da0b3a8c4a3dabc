//! Checks around any condition variable that waits with a mutex of `lock_api`.

use super::RawMutex;
use crate::class::Kind;
use crate::mode::Wait;
use crate::place::Place;
use crate::tracker::Tracker;
use lock_api::MutexGuard;
use std::fmt;
use std::time::{Duration, Instant};

/// A condition variable as a library of locks has it.
///
/// # Safety
///
/// A wait ends with the mutex held, also by a panic.
pub unsafe trait RawCondvar {
    /// One that no thread waits for.
    #[allow(clippy::declare_interior_mutable_const, reason = "as in lock_api")]
    const INIT: Self;

    /// The mutex that it waits with.
    type Mutex: lock_api::RawMutex;

    /// Releases the mutex, waits for a notification, and takes the mutex again.
    fn wait(&self, guard: &mut MutexGuard<'_, Self::Mutex, ()>);

    /// The same with a wait that ends at the timeout. Returns whether it did.
    fn wait_until(&self, guard: &mut MutexGuard<'_, Self::Mutex, ()>, timeout: Instant) -> bool;

    /// Wakes one thread. Returns whether one waited.
    fn notify_one(&self) -> bool;

    /// Wakes all threads. Returns how many waited.
    fn notify_all(&self) -> usize;
}

/// Whether a wait ended at its timeout.
///
/// ```
/// # #[cfg(feature = "parking_lot")] {
/// use memguard_lockdep::parking_lot::{Condvar, Mutex};
/// let result = Condvar::new().wait_until(&mut Mutex::new(()).lock(), std::time::Instant::now());
/// assert!(result.timed_out());
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether it did.
    #[inline]
    pub fn timed_out(self) -> bool {
        self.0
    }
}

/// A condition variable with checks, over any raw one. A wait counts as a wait for the thread that notifies.
///
/// ```
/// # #[cfg(feature = "parking_lot")] {
/// use memguard_lockdep::parking_lot::{Condvar, Mutex};
/// let (ready, changed) = (Mutex::new(false), Condvar::new());
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         *ready.lock() = true;
///         changed.notify_one();
///     });
///     changed.wait_while(&mut ready.lock(), |ready| !*ready);
/// });
/// # }
/// ```
pub struct Condvar<C> {
    tracker: Tracker,
    inner: C,
}

/// The guard that a condition variable waits with.
type Guard<'a, C, T> = MutexGuard<'a, RawMutex<<C as RawCondvar>::Mutex>, T>;

impl<C: RawCondvar> Condvar<C> {
    /// A condition variable. Its class is the place of this call.
    #[inline]
    #[track_caller]
    pub const fn new() -> Self {
        Self { tracker: Tracker::made_at(Kind::Condvar, Place::caller()), inner: C::INIT }
    }

    /// Releases the mutex, waits for a notification, and takes the mutex again.
    #[track_caller]
    pub fn wait<T: ?Sized>(&self, guard: &mut Guard<'_, C, T>) {
        self.wait_with(guard, Wait::Block, Place::caller(), |guard| self.inner.wait(guard));
    }

    /// The same with a wait that ends at the timeout.
    #[track_caller]
    pub fn wait_until<T: ?Sized>(&self, guard: &mut Guard<'_, C, T>, timeout: Instant) -> WaitTimeoutResult {
        let place = Place::caller();
        WaitTimeoutResult(self.wait_with(guard, Wait::Timed, place, |guard| self.inner.wait_until(guard, timeout)))
    }

    /// The same with a timeout that begins now.
    #[track_caller]
    pub fn wait_for<T: ?Sized>(&self, guard: &mut Guard<'_, C, T>, timeout: Duration) -> WaitTimeoutResult {
        match Instant::now().checked_add(timeout) {
            Some(end) => self.wait_until(guard, end),
            None => {
                self.wait(guard);
                WaitTimeoutResult(false)
            }
        }
    }

    /// Waits as long as the condition holds. Where it does not hold, the wait that was possible is checked all the
    /// same.
    #[track_caller]
    pub fn wait_while<T: ?Sized, F: FnMut(&mut T) -> bool>(&self, guard: &mut Guard<'_, C, T>, mut condition: F) {
        let mut waits = self.looks(guard, &mut condition, Wait::Block, Place::caller());
        while waits {
            self.wait(guard);
            waits = condition(guard);
        }
    }

    /// Waits as long as the condition holds, or until the timeout.
    #[track_caller]
    pub fn wait_while_until<T: ?Sized, F: FnMut(&mut T) -> bool>(
        &self,
        guard: &mut Guard<'_, C, T>,
        mut condition: F,
        timeout: Instant,
    ) -> WaitTimeoutResult {
        let mut result = WaitTimeoutResult(false);
        let mut waits = self.looks(guard, &mut condition, Wait::Timed, Place::caller());
        while waits {
            result = self.wait_until(guard, timeout);
            waits = !result.timed_out() && condition(guard);
        }
        result
    }

    /// The same with a timeout that begins now.
    #[track_caller]
    pub fn wait_while_for<T: ?Sized, F: FnMut(&mut T) -> bool>(
        &self,
        guard: &mut Guard<'_, C, T>,
        condition: F,
        timeout: Duration,
    ) -> WaitTimeoutResult {
        match Instant::now().checked_add(timeout) {
            Some(end) => self.wait_while_until(guard, condition, end),
            None => {
                self.wait_while(guard, condition);
                WaitTimeoutResult(false)
            }
        }
    }

    /// The first look at a condition. Returns whether it holds, so that the thread waits. It could wait otherwise, too.
    fn looks<T: ?Sized>(
        &self,
        guard: &mut Guard<'_, C, T>,
        condition: &mut impl FnMut(&mut T) -> bool,
        how: Wait,
        place: Place,
    ) -> bool {
        let waits = condition(guard);
        if !waits {
            // SAFETY: the mutex is neither taken nor released by that.
            unsafe { MutexGuard::mutex(guard).raw() }.could_wait_for(&self.tracker, how, place);
        }
        waits
    }

    fn wait_with<T: ?Sized, W>(
        &self,
        guard: &mut Guard<'_, C, T>,
        how: Wait,
        place: Place,
        wait: impl FnOnce(&mut MutexGuard<'_, C::Mutex, ()>) -> W,
    ) -> W {
        // SAFETY: the guard shows that this thread holds the mutex. A wait of `C` takes it again before it ends.
        unsafe { MutexGuard::mutex(guard).raw().wait_for(&self.tracker, how, place, wait) }
    }

    /// Wakes one thread. Returns whether one waited.
    #[track_caller]
    pub fn notify_one(&self) -> bool {
        self.tracker.signal(Place::caller());
        self.inner.notify_one()
    }

    /// Wakes all threads. Returns how many waited.
    #[track_caller]
    pub fn notify_all(&self) -> usize {
        self.tracker.signal(Place::caller());
        self.inner.notify_all()
    }
}

impl<C: RawCondvar> Default for Condvar<C> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<C> fmt::Debug for Condvar<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Condvar { .. }")
    }
}
