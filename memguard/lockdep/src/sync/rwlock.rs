//! A reader-writer lock.

use super::{LockResult, TryLockResult, acquire, attempt};
use crate::class::Kind;
use crate::mode::Mode;
use crate::place::Place;
use crate::tracker::Tracker;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync;

/// [`std::sync::RwLock`] with checks. A reader that comes may wait behind a writer that waits, as `std` says.
///
/// ```
/// use memguard_lockdep::sync::RwLock;
/// let lock = RwLock::new(1);
/// *lock.write().unwrap() += 1;
/// assert_eq!(*lock.read().unwrap(), 2);
/// ```
pub struct RwLock<T: ?Sized> {
    tracker: Tracker,
    inner: sync::RwLock<T>,
}

impl<T> RwLock<T> {
    /// A lock. Its class is the place of this call.
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self { tracker: Tracker::made_at(Kind::RwLock, Place::caller()), inner: sync::RwLock::new(value) }
    }

    /// A lock of the class of this name.
    pub const fn named(name: &'static str, value: T) -> Self {
        Self { tracker: Tracker::named(Kind::RwLock, name), inner: sync::RwLock::new(value) }
    }

    /// See [`std::sync::RwLock::into_inner`].
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// See [`std::sync::RwLock::read`].
    #[inline]
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let wrap = |inner| RwLockReadGuard { tracker: &self.tracker, inner };
        acquire!(self.tracker, 0, Mode::Shared, self.inner.try_read(), self.inner.read(), wrap)
    }

    /// See [`std::sync::RwLock::write`].
    #[inline]
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        self.tracker.writes(Place::caller());
        let wrap = |inner| RwLockWriteGuard { tracker: &self.tracker, inner };
        acquire!(self.tracker, 0, Mode::Exclusive, self.inner.try_write(), self.inner.write(), wrap)
    }

    /// See [`std::sync::RwLock::try_read`].
    #[inline]
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let asked = self.tracker.ask_to_try(Mode::Shared, Place::caller());
        attempt(asked, self.inner.try_read(), |inner| RwLockReadGuard { tracker: &self.tracker, inner })
    }

    /// See [`std::sync::RwLock::try_write`].
    #[inline]
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let asked = self.tracker.ask_to_try(Mode::Exclusive, Place::caller());
        attempt(asked, self.inner.try_write(), |inner| RwLockWriteGuard { tracker: &self.tracker, inner })
    }

    /// See [`std::sync::RwLock::is_poisoned`].
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    /// See [`std::sync::RwLock::clear_poison`].
    pub fn clear_poison(&self) {
        self.inner.clear_poison();
    }

    /// See [`std::sync::RwLock::get_mut`].
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        // Not `new`: the place of a default is often in a derive, the same for locks that have nothing in common.
        Self { tracker: Tracker::unplaced(Kind::RwLock), inner: sync::RwLock::default() }
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// [`std::sync::RwLockReadGuard`] with checks.
///
/// ```
/// use memguard_lockdep::sync::{RwLock, RwLockReadGuard};
/// let lock = RwLock::new(1);
/// let guard: RwLockReadGuard<'_, i32> = lock.read().unwrap();
/// assert_eq!(*guard, 1);
/// ```
#[must_use = "the lock is released at once if the guard is dropped"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    tracker: &'a Tracker,
    inner: sync::RwLockReadGuard<'a, T>,
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.tracker.release(Mode::Shared);
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// [`std::sync::RwLockWriteGuard`] with checks.
///
/// ```
/// use memguard_lockdep::sync::{RwLock, RwLockWriteGuard};
/// let lock = RwLock::new(1);
/// let mut guard: RwLockWriteGuard<'_, i32> = lock.write().unwrap();
/// *guard = 2;
/// ```
#[must_use = "the lock is released at once if the guard is dropped"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    tracker: &'a Tracker,
    inner: sync::RwLockWriteGuard<'a, T>,
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.tracker.release(Mode::Exclusive);
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
