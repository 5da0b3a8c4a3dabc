//! Checks around any raw mutex that its holder can take again.

use super::RawMutex;
use crate::mode::Mode;
use crate::place::Place;
use crate::threads::own::hidden;
use crate::tracker::Tracker;
use lock_api::{GetThreadId, RawMutexTimed, ReentrantMutexGuard};
use std::fmt;
use std::mem;
use std::ops::Deref;

/// A reentrant mutex with checks, over any raw mutex. It has all methods of [`lock_api::ReentrantMutex`].
///
/// A thread that holds it takes it again without a wait. So only the first hold counts.
///
/// ```
/// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
/// use memguard_lockdep::parking_lot::ReentrantMutex;
/// let mutex = ReentrantMutex::new(1);
/// let first = mutex.lock();
/// let second = mutex.lock();
/// assert_eq!(*first + *second, 2);
/// assert_eq!(memguard_lockdep::held().len(), 1);
/// # }
/// ```
// The guards that own an `Arc` look through it.
#[repr(transparent)]
pub struct ReentrantMutex<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized>(
    pub(super) lock_api::ReentrantMutex<RawMutex<R>, G, T>,
);

impl<R: lock_api::RawMutex, G: GetThreadId, T> ReentrantMutex<R, G, T> {
    /// A mutex. Its class is the place of this call.
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self::from_raw(RawMutex::here(), G::INIT, value)
    }

    /// A mutex around a raw mutex.
    #[inline]
    pub const fn from_raw(raw: RawMutex<R>, get_thread_id: G, value: T) -> Self {
        Self(lock_api::ReentrantMutex::from_raw(raw, get_thread_id, value))
    }

    /// The same, by its former name.
    #[inline]
    pub const fn const_new(raw: RawMutex<R>, get_thread_id: G, value: T) -> Self {
        Self::from_raw(raw, get_thread_id, value)
    }

    /// The value.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized> ReentrantMutex<R, G, T> {
    /// The value. No other thread can hold the mutex.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

// `lock_api` does not pass on the place of the caller. So the checks are here, and it takes the mutex out of their
// sight.
impl<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized> ReentrantMutex<R, G, T> {
    /// See [`lock_api::ReentrantMutex::lock`].
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> ReentrantMutexGuard<'_, RawMutex<R>, G, T> {
        let Some(tracker) = self.unless_held() else { return self.0.lock() };
        let block = || {
            hidden(|| keep(Some(self.0.lock())));
        };
        tracker.acquire(Mode::Exclusive, Place::caller(), || hidden(|| keep(self.0.try_lock())), block);
        // SAFETY: this thread has just taken it.
        unsafe { self.0.make_guard_unchecked() }
    }

    /// See [`lock_api::ReentrantMutex::try_lock`].
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<ReentrantMutexGuard<'_, RawMutex<R>, G, T>> {
        let Some(tracker) = self.unless_held() else { return self.0.try_lock() };
        let taken = tracker.try_acquire(Mode::Exclusive, Place::caller(), || hidden(|| keep(self.0.try_lock())));
        self.guard(taken)
    }

    /// The tracker, unless this thread holds the mutex or nothing is checked.
    fn unless_held(&self) -> Option<&Tracker> {
        if cfg!(not(feature = "check")) || self.0.is_owned_by_current_thread() {
            return None;
        }
        // SAFETY: it is not unlocked.
        Some(unsafe { &self.0.raw().tracker })
    }

    fn guard(&self, taken: bool) -> Option<ReentrantMutexGuard<'_, RawMutex<R>, G, T>> {
        // SAFETY: if it was taken, then by this thread.
        taken.then(|| unsafe { self.0.make_guard_unchecked() })
    }
}

impl<R: RawMutexTimed, G: GetThreadId, T: ?Sized> ReentrantMutex<R, G, T> {
    /// See [`lock_api::ReentrantMutex::try_lock_for`].
    #[track_caller]
    pub fn try_lock_for(&self, timeout: R::Duration) -> Option<ReentrantMutexGuard<'_, RawMutex<R>, G, T>> {
        self.try_lock_timed(Place::caller(), || self.0.try_lock_for(timeout))
    }

    /// See [`lock_api::ReentrantMutex::try_lock_until`].
    #[track_caller]
    pub fn try_lock_until(&self, timeout: R::Instant) -> Option<ReentrantMutexGuard<'_, RawMutex<R>, G, T>> {
        self.try_lock_timed(Place::caller(), || self.0.try_lock_until(timeout))
    }

    fn try_lock_timed<'a>(
        &'a self,
        place: Place,
        wait: impl FnOnce() -> Option<ReentrantMutexGuard<'a, RawMutex<R>, G, T>>,
    ) -> Option<ReentrantMutexGuard<'a, RawMutex<R>, G, T>> {
        let Some(tracker) = self.unless_held() else { return wait() };
        let try_now = || hidden(|| keep(self.0.try_lock()));
        let taken = tracker.acquire_timed(Mode::Exclusive, place, try_now, || hidden(|| keep(wait())));
        self.guard(taken)
    }
}

/// Leaves the mutex taken. Returns whether it was.
fn keep<G>(guard: Option<G>) -> bool {
    let taken = guard.is_some();
    mem::forget(guard);
    taken
}

impl<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized> Deref for ReentrantMutex<R, G, T> {
    type Target = lock_api::ReentrantMutex<RawMutex<R>, G, T>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<R: lock_api::RawMutex, G: GetThreadId, T: Default> Default for ReentrantMutex<R, G, T> {
    // Not `new`: the place of a default is often in a derive or in `Arc`, the same for locks that have nothing in
    // common.
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<R: lock_api::RawMutex, G: GetThreadId, T> From<T> for ReentrantMutex<R, G, T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized + fmt::Debug> fmt::Debug for ReentrantMutex<R, G, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
