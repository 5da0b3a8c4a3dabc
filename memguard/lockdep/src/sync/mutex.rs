//! A mutex.

use super::{LockResult, TryLockResult, acquire, attempt};
use crate::class::Kind;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::tracker::Tracker;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync;

/// [`std::sync::Mutex`] with checks.
///
/// ```
/// use memguard_lockdep::sync::Mutex;
/// let mutex = Mutex::new(1);
/// *mutex.lock().unwrap() += 1;
/// assert_eq!(mutex.into_inner().unwrap(), 2);
/// ```
pub struct Mutex<T: ?Sized> {
    tracker: Tracker,
    inner: sync::Mutex<T>,
}

impl<T> Mutex<T> {
    /// A mutex. Its class is the place of this call.
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self { tracker: Tracker::made_at(Kind::Mutex, Place::caller()), inner: sync::Mutex::new(value) }
    }

    /// A mutex of the class of this name.
    pub const fn named(name: &'static str, value: T) -> Self {
        Self { tracker: Tracker::named(Kind::Mutex, name), inner: sync::Mutex::new(value) }
    }

    /// See [`std::sync::Mutex::into_inner`].
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// See [`std::sync::Mutex::lock`].
    #[inline(always)]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let wrap = |guard| MutexGuard::new(&self.tracker, guard);
        acquire!(self.tracker, 0, Mode::Exclusive, self.inner.try_lock(), self.inner.lock(), wrap)
    }

    /// Takes the mutex while this thread holds others of its class, on purpose. Locks of different subclasses are
    /// checked as locks of different classes; `lock` takes subclass 0.
    #[track_caller]
    pub fn lock_nested(&self, subclass: u32) -> LockResult<MutexGuard<'_, T>> {
        let wrap = |guard| MutexGuard::new(&self.tracker, guard);
        acquire!(self.tracker, subclass, Mode::Exclusive, self.inner.try_lock(), self.inner.lock(), wrap)
    }

    /// See [`std::sync::Mutex::try_lock`].
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let asked = self.tracker.ask_to_try(Mode::Exclusive, Place::caller());
        attempt(asked, self.inner.try_lock(), |guard| MutexGuard::new(&self.tracker, guard))
    }

    /// See [`std::sync::Mutex::is_poisoned`].
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    /// See [`std::sync::Mutex::clear_poison`].
    pub fn clear_poison(&self) {
        self.inner.clear_poison();
    }

    /// See [`std::sync::Mutex::get_mut`].
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        // Not `new`: the place of a default is often in a derive, the same for locks that have nothing in common.
        Self { tracker: Tracker::unplaced(Kind::Mutex), inner: sync::Mutex::default() }
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// [`std::sync::MutexGuard`] with checks.
///
/// ```
/// use memguard_lockdep::sync::{Mutex, MutexGuard};
/// let mutex = Mutex::new(1);
/// let guard: MutexGuard<'_, i32> = mutex.lock().unwrap();
/// assert_eq!(*guard, 1);
/// ```
#[must_use = "the mutex is released at once if the guard is dropped"]
pub struct MutexGuard<'a, T: ?Sized> {
    tracker: &'a Tracker,
    /// Taken out only where this guard is, by a condition variable.
    inner: ManuallyDrop<sync::MutexGuard<'a, T>>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    fn new(tracker: &'a Tracker, guard: sync::MutexGuard<'a, T>) -> Self {
        Self { tracker, inner: ManuallyDrop::new(guard) }
    }

    /// It need not wait for the event in this run.
    pub(super) fn could_wait_for(&self, event: &Tracker, how: Wait, place: Place) {
        self.tracker.could_wait_for(event, Mode::Exclusive, how, place);
    }

    /// Waits with `wait`, which releases the mutex and takes it again.
    pub(super) fn released_during<W>(
        self,
        place: Place,
        wait: impl FnOnce(sync::MutexGuard<'a, T>) -> (Result<sync::MutexGuard<'a, T>, sync::MutexGuard<'a, T>>, W),
    ) -> (Result<Self, Self>, W) {
        let tracker = self.tracker;
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is neither used nor dropped afterwards.
        let inner = unsafe { ManuallyDrop::take(&mut this.inner) };
        let (result, with) = tracker.released_during(Mode::Exclusive, place, || wait(inner));
        let again = |guard| Self::new(tracker, guard);
        (result.map(again).map_err(again), with)
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.tracker.release(Mode::Exclusive);
        // SAFETY: it is dropped only here, and the one method that takes it does not drop this guard.
        unsafe { ManuallyDrop::drop(&mut self.inner) }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
