//! Checks around any raw mutex.

use crate::class::Kind;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::tracker::Tracker;
use lock_api::{RawMutexFair, RawMutexTimed};
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;

/// A raw mutex with checks.
///
/// Used as `lock_api::Mutex<RawMutex<R>, T>`, its class is named after the place where it is first taken. A [`Mutex`]
/// is named after the place where it is made.
///
/// ```
/// # #[cfg(feature = "parking_lot")] {
/// type Checked<T> = lock_api::Mutex<memguard_lockdep::raw::RawMutex<parking_lot::RawMutex>, T>;
/// let mutex = Checked::new(1);
/// assert_eq!(*mutex.lock(), 1);
/// # }
/// ```
pub struct RawMutex<R: lock_api::RawMutex> {
    pub(super) tracker: Tracker,
    /// With a value of no size, so that condition variables find the guard that they ask for.
    inner: lock_api::Mutex<R, ()>,
}

impl<R: lock_api::RawMutex> RawMutex<R> {
    /// A raw mutex. Its class is the place of this call.
    ///
    /// ```
    /// # #[cfg(feature = "parking_lot")] {
    /// use memguard_lockdep::raw::RawMutex;
    /// let mutex = lock_api::Mutex::from_raw(RawMutex::<parking_lot::RawMutex>::here(), 1);
    /// assert_eq!(*mutex.lock(), 1);
    /// # }
    /// ```
    #[inline]
    #[track_caller]
    pub const fn here() -> Self {
        Self::new(Tracker::made_at(Kind::Mutex, Place::caller()))
    }

    const fn new(tracker: Tracker) -> Self {
        Self { tracker, inner: lock_api::Mutex::const_new(R::INIT, ()) }
    }

    fn raw(&self) -> &R {
        // SAFETY: it is unlocked only by the methods below, whose callers hold it.
        unsafe { self.inner.raw() }
    }

    /// Releases the mutex, waits with `wait` for the event, and takes the mutex again. `wait` does the first and the
    /// last step itself.
    ///
    /// # Safety
    ///
    /// The caller holds the mutex, and `wait` leaves it held.
    pub(crate) unsafe fn wait_for<W>(
        &self,
        event: &Tracker,
        how: Wait,
        place: Place,
        wait: impl FnOnce(&mut lock_api::MutexGuard<'_, R, ()>) -> W,
    ) -> W {
        // SAFETY: the caller holds the mutex. The guard is never dropped, so the caller still holds it in the end.
        let mut guard = ManuallyDrop::new(unsafe { self.inner.make_guard_unchecked() });
        self.tracker.released_during(Mode::Exclusive, place, || event.wait_for_signal(how, place, || wait(&mut guard)))
    }

    /// The caller holds the mutex, and need not wait for the event in this run.
    pub(crate) fn could_wait_for(&self, event: &Tracker, how: Wait, place: Place) {
        self.tracker.could_wait_for(event, Mode::Exclusive, how, place);
    }
}

// SAFETY: every method does what the same method of `R` does. `R` keeps threads apart.
unsafe impl<R: lock_api::RawMutex> lock_api::RawMutex for RawMutex<R> {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait asks for it")]
    const INIT: Self = Self::new(Tracker::unplaced(Kind::Mutex));

    type GuardMarker = R::GuardMarker;

    #[inline]
    #[track_caller]
    fn lock(&self) {
        self.tracker.acquire(Mode::Exclusive, Place::caller(), || self.raw().try_lock(), || self.raw().lock());
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> bool {
        self.tracker.try_acquire(Mode::Exclusive, Place::caller(), || self.raw().try_lock())
    }

    #[inline]
    unsafe fn unlock(&self) {
        self.tracker.release(Mode::Exclusive);
        // SAFETY: the caller holds it.
        unsafe { self.raw().unlock() }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.raw().is_locked()
    }
}

// SAFETY: as above.
unsafe impl<R: RawMutexFair> RawMutexFair for RawMutex<R> {
    #[inline]
    unsafe fn unlock_fair(&self) {
        self.tracker.release(Mode::Exclusive);
        // SAFETY: the caller holds it.
        unsafe { self.raw().unlock_fair() }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump(&self) {
        // SAFETY: the caller holds it.
        self.tracker.bump(Mode::Exclusive, Place::caller(), || unsafe { self.raw().bump() });
    }
}

// SAFETY: as above.
unsafe impl<R: RawMutexTimed> RawMutexTimed for RawMutex<R> {
    type Duration = R::Duration;
    type Instant = R::Instant;

    #[track_caller]
    fn try_lock_for(&self, timeout: R::Duration) -> bool {
        let raw = self.raw();
        let place = Place::caller();
        self.tracker.acquire_timed(Mode::Exclusive, place, || raw.try_lock(), || raw.try_lock_for(timeout))
    }

    #[track_caller]
    fn try_lock_until(&self, timeout: R::Instant) -> bool {
        let raw = self.raw();
        let place = Place::caller();
        self.tracker.acquire_timed(Mode::Exclusive, place, || raw.try_lock(), || raw.try_lock_until(timeout))
    }
}

/// A mutex with checks, over any raw mutex. It has all methods of [`lock_api::Mutex`].
///
/// ```
/// # #[cfg(feature = "parking_lot")] {
/// use memguard_lockdep::raw::Mutex;
/// let mutex: Mutex<parking_lot::RawMutex, _> = Mutex::new(1);
/// *mutex.lock() += 1;
/// assert_eq!(mutex.into_inner(), 2);
/// # }
/// ```
// The guards that own an `Arc` look through it.
#[repr(transparent)]
pub struct Mutex<R: lock_api::RawMutex, T: ?Sized>(pub(super) lock_api::Mutex<RawMutex<R>, T>);

impl<R: lock_api::RawMutex, T> Mutex<R, T> {
    /// A mutex. Its class is the place of this call.
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self(lock_api::Mutex::const_new(RawMutex::new(Tracker::made_at(Kind::Mutex, Place::caller())), value))
    }

    /// A mutex of the class of this name.
    #[inline]
    pub const fn named(name: &'static str, value: T) -> Self {
        Self(lock_api::Mutex::const_new(RawMutex::new(Tracker::named(Kind::Mutex, name)), value))
    }

    /// The value.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<R: lock_api::RawMutex, T: ?Sized> Mutex<R, T> {
    /// The value. No other thread can hold the mutex.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Takes the mutex while this thread holds others of its class, on purpose. Locks of different subclasses are
    /// checked as locks of different classes; `lock` takes subclass 0.
    ///
    /// ```
    /// # #[cfg(feature = "parking_lot")] {
    /// use memguard_lockdep::parking_lot::Mutex;
    /// let new = |value| Mutex::new(value);
    /// let (parent, child) = (new(1), new(2));
    /// let outer = parent.lock();
    /// let inner = child.lock_nested(1);
    /// assert_eq!(*outer + *inner, 3);
    /// # }
    /// ```
    #[track_caller]
    pub fn lock_nested(&self, subclass: u32) -> lock_api::MutexGuard<'_, RawMutex<R>, T> {
        // SAFETY: it is only taken, for the guard below.
        let RawMutex { tracker, inner: _ } = unsafe { self.0.raw() };
        // SAFETY: as above.
        let raw = unsafe { self.0.raw() }.raw();
        tracker.acquire_nested(subclass, Mode::Exclusive, Place::caller(), || raw.try_lock(), || raw.lock());
        // SAFETY: this thread has just taken it.
        unsafe { self.0.make_guard_unchecked() }
    }
}

impl<R: lock_api::RawMutex, T: ?Sized> Deref for Mutex<R, T> {
    type Target = lock_api::Mutex<RawMutex<R>, T>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<R: lock_api::RawMutex, T: Default> Default for Mutex<R, T> {
    // Not `new`: the place of a default is often in a derive or in `Arc`, the same for locks that have nothing in
    // common.
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<R: lock_api::RawMutex, T> From<T> for Mutex<R, T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<R: lock_api::RawMutex, T: ?Sized + fmt::Debug> fmt::Debug for Mutex<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
