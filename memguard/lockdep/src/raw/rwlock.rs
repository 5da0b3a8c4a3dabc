//! Checks around any raw reader-writer lock.

use crate::class::Kind;
use crate::mode::Mode;
use crate::place::Place;
use crate::tracker::Tracker;
use lock_api::{
    RawRwLockDowngrade, RawRwLockFair, RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed, RawRwLockUpgrade,
    RawRwLockUpgradeDowngrade, RawRwLockUpgradeFair, RawRwLockUpgradeTimed,
};
use std::fmt;
use std::ops::Deref;

/// A raw reader-writer lock with checks.
///
/// Used as `lock_api::RwLock<RawRwLock<R>, T>`, its class is named after the place where it is first taken. An
/// [`RwLock`] is named after the place where it is made.
///
/// ```
/// # #[cfg(feature = "parking_lot")] {
/// type Checked<T> = lock_api::RwLock<memguard_lockdep::raw::RawRwLock<parking_lot::RawRwLock>, T>;
/// let lock = Checked::new(1);
/// assert_eq!(*lock.read(), 1);
/// # }
/// ```
pub struct RawRwLock<R> {
    tracker: Tracker,
    inner: R,
}

impl<R: lock_api::RawRwLock> RawRwLock<R> {
    /// A raw lock. Its class is the place of this call.
    ///
    /// ```
    /// # #[cfg(feature = "parking_lot")] {
    /// use memguard_lockdep::raw::RawRwLock;
    /// let lock = lock_api::RwLock::from_raw(RawRwLock::<parking_lot::RawRwLock>::here(), 1);
    /// assert_eq!(*lock.read(), 1);
    /// # }
    /// ```
    #[inline]
    #[track_caller]
    pub const fn here() -> Self {
        Self::new(Tracker::made_at(Kind::RwLock, Place::caller()))
    }

    const fn new(tracker: Tracker) -> Self {
        Self { tracker, inner: R::INIT }
    }
}

// SAFETY: every method does what the same method of `R` does. `R` keeps threads apart.
unsafe impl<R: lock_api::RawRwLock> lock_api::RawRwLock for RawRwLock<R> {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait asks for it")]
    const INIT: Self = Self::new(Tracker::unplaced(Kind::RwLock));

    type GuardMarker = R::GuardMarker;

    #[inline]
    #[track_caller]
    fn lock_shared(&self) {
        let raw = &self.inner;
        self.tracker.acquire(Mode::Shared, Place::caller(), || raw.try_lock_shared(), || raw.lock_shared());
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared(&self) -> bool {
        self.tracker.try_acquire(Mode::Shared, Place::caller(), || self.inner.try_lock_shared())
    }

    #[inline]
    unsafe fn unlock_shared(&self) {
        self.tracker.release_shared();
        // SAFETY: the caller holds it.
        unsafe { self.inner.unlock_shared() }
    }

    #[inline]
    #[track_caller]
    fn lock_exclusive(&self) {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.writes(place);
        self.tracker.acquire(Mode::Exclusive, place, || raw.try_lock_exclusive(), || raw.lock_exclusive());
    }

    #[inline]
    #[track_caller]
    fn try_lock_exclusive(&self) -> bool {
        self.tracker.try_acquire(Mode::Exclusive, Place::caller(), || self.inner.try_lock_exclusive())
    }

    #[inline]
    unsafe fn unlock_exclusive(&self) {
        self.tracker.release(Mode::Exclusive);
        // SAFETY: the caller holds it.
        unsafe { self.inner.unlock_exclusive() }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.inner.is_locked()
    }

    #[inline]
    fn is_locked_exclusive(&self) -> bool {
        self.inner.is_locked_exclusive()
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockFair> RawRwLockFair for RawRwLock<R> {
    unsafe fn unlock_shared_fair(&self) {
        self.tracker.release_shared();
        // SAFETY: the caller holds it.
        unsafe { self.inner.unlock_shared_fair() }
    }

    unsafe fn unlock_exclusive_fair(&self) {
        self.tracker.release(Mode::Exclusive);
        // SAFETY: the caller holds it.
        unsafe { self.inner.unlock_exclusive_fair() }
    }

    #[track_caller]
    unsafe fn bump_shared(&self) {
        // SAFETY: the caller holds it.
        self.tracker.bump(Mode::Shared, Place::caller(), || unsafe { self.inner.bump_shared() });
    }

    #[track_caller]
    unsafe fn bump_exclusive(&self) {
        // SAFETY: the caller holds it.
        self.tracker.bump(Mode::Exclusive, Place::caller(), || unsafe { self.inner.bump_exclusive() });
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockDowngrade> RawRwLockDowngrade for RawRwLock<R> {
    #[track_caller]
    unsafe fn downgrade(&self) {
        self.tracker.changed(Mode::Exclusive, Mode::Shared, Place::caller());
        // SAFETY: the caller holds it.
        unsafe { self.inner.downgrade() }
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockTimed> RawRwLockTimed for RawRwLock<R> {
    type Duration = R::Duration;
    type Instant = R::Instant;

    #[track_caller]
    fn try_lock_shared_for(&self, timeout: R::Duration) -> bool {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire_timed(Mode::Shared, place, || raw.try_lock_shared(), || raw.try_lock_shared_for(timeout))
    }

    #[track_caller]
    fn try_lock_shared_until(&self, timeout: R::Instant) -> bool {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire_timed(Mode::Shared, place, || raw.try_lock_shared(), || raw.try_lock_shared_until(timeout))
    }

    #[track_caller]
    fn try_lock_exclusive_for(&self, timeout: R::Duration) -> bool {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire_timed(
            Mode::Exclusive,
            place,
            || raw.try_lock_exclusive(),
            || raw.try_lock_exclusive_for(timeout),
        )
    }

    #[track_caller]
    fn try_lock_exclusive_until(&self, timeout: R::Instant) -> bool {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire_timed(
            Mode::Exclusive,
            place,
            || raw.try_lock_exclusive(),
            || raw.try_lock_exclusive_until(timeout),
        )
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockRecursive> RawRwLockRecursive for RawRwLock<R> {
    #[inline]
    #[track_caller]
    fn lock_shared_recursive(&self) {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire(
            Mode::Recursive,
            place,
            || raw.try_lock_shared_recursive(),
            || raw.lock_shared_recursive(),
        );
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared_recursive(&self) -> bool {
        self.tracker.try_acquire(Mode::Recursive, Place::caller(), || self.inner.try_lock_shared_recursive())
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockRecursiveTimed> RawRwLockRecursiveTimed for RawRwLock<R> {
    #[track_caller]
    fn try_lock_shared_recursive_for(&self, timeout: R::Duration) -> bool {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire_timed(
            Mode::Recursive,
            place,
            || raw.try_lock_shared_recursive(),
            || raw.try_lock_shared_recursive_for(timeout),
        )
    }

    #[track_caller]
    fn try_lock_shared_recursive_until(&self, timeout: R::Instant) -> bool {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire_timed(
            Mode::Recursive,
            place,
            || raw.try_lock_shared_recursive(),
            || raw.try_lock_shared_recursive_until(timeout),
        )
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockUpgrade> RawRwLockUpgrade for RawRwLock<R> {
    #[inline]
    #[track_caller]
    fn lock_upgradable(&self) {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire(Mode::Upgradable, place, || raw.try_lock_upgradable(), || raw.lock_upgradable());
    }

    #[inline]
    #[track_caller]
    fn try_lock_upgradable(&self) -> bool {
        self.tracker.try_acquire(Mode::Upgradable, Place::caller(), || self.inner.try_lock_upgradable())
    }

    #[inline]
    unsafe fn unlock_upgradable(&self) {
        self.tracker.release(Mode::Upgradable);
        // SAFETY: the caller holds it.
        unsafe { self.inner.unlock_upgradable() }
    }

    #[track_caller]
    unsafe fn upgrade(&self) {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.writes(place);
        // SAFETY: the caller holds it upgradable. `upgrade` is called only where `try_upgrade` has failed.
        self.tracker.upgrade(place, || unsafe { raw.try_upgrade() }, || unsafe { raw.upgrade() });
    }

    #[track_caller]
    unsafe fn try_upgrade(&self) -> bool {
        // SAFETY: the caller holds it upgradable.
        let upgraded = unsafe { self.inner.try_upgrade() };
        if upgraded {
            self.tracker.changed(Mode::Upgradable, Mode::Exclusive, Place::caller());
        }
        upgraded
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockUpgradeFair> RawRwLockUpgradeFair for RawRwLock<R> {
    unsafe fn unlock_upgradable_fair(&self) {
        self.tracker.release(Mode::Upgradable);
        // SAFETY: the caller holds it.
        unsafe { self.inner.unlock_upgradable_fair() }
    }

    #[track_caller]
    unsafe fn bump_upgradable(&self) {
        // SAFETY: the caller holds it.
        self.tracker.bump(Mode::Upgradable, Place::caller(), || unsafe { self.inner.bump_upgradable() });
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockUpgradeDowngrade> RawRwLockUpgradeDowngrade for RawRwLock<R> {
    #[track_caller]
    unsafe fn downgrade_upgradable(&self) {
        self.tracker.changed(Mode::Upgradable, Mode::Shared, Place::caller());
        // SAFETY: the caller holds it.
        unsafe { self.inner.downgrade_upgradable() }
    }

    #[track_caller]
    unsafe fn downgrade_to_upgradable(&self) {
        self.tracker.changed(Mode::Exclusive, Mode::Upgradable, Place::caller());
        // SAFETY: the caller holds it.
        unsafe { self.inner.downgrade_to_upgradable() }
    }
}

// SAFETY: as above.
unsafe impl<R: RawRwLockUpgradeTimed> RawRwLockUpgradeTimed for RawRwLock<R> {
    #[track_caller]
    fn try_lock_upgradable_for(&self, timeout: R::Duration) -> bool {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire_timed(
            Mode::Upgradable,
            place,
            || raw.try_lock_upgradable(),
            || raw.try_lock_upgradable_for(timeout),
        )
    }

    #[track_caller]
    fn try_lock_upgradable_until(&self, timeout: R::Instant) -> bool {
        let (raw, place) = (&self.inner, Place::caller());
        self.tracker.acquire_timed(
            Mode::Upgradable,
            place,
            || raw.try_lock_upgradable(),
            || raw.try_lock_upgradable_until(timeout),
        )
    }

    #[track_caller]
    unsafe fn try_upgrade_for(&self, timeout: R::Duration) -> bool {
        let place = Place::caller();
        // SAFETY: the caller holds it upgradable.
        self.tracker.upgrade_timed(place, || unsafe { self.inner.try_upgrade_for(timeout) })
    }

    #[track_caller]
    unsafe fn try_upgrade_until(&self, timeout: R::Instant) -> bool {
        let place = Place::caller();
        // SAFETY: the caller holds it upgradable.
        self.tracker.upgrade_timed(place, || unsafe { self.inner.try_upgrade_until(timeout) })
    }
}

/// A reader-writer lock with checks, over any raw reader-writer lock. It has all methods of [`lock_api::RwLock`].
///
/// ```
/// # #[cfg(feature = "parking_lot")] {
/// use memguard_lockdep::raw::RwLock;
/// let lock: RwLock<parking_lot::RawRwLock, _> = RwLock::new(1);
/// *lock.write() += 1;
/// assert_eq!(*lock.read(), 2);
/// # }
/// ```
// The guards that own an `Arc` look through it.
#[repr(transparent)]
pub struct RwLock<R: lock_api::RawRwLock, T: ?Sized>(pub(super) lock_api::RwLock<RawRwLock<R>, T>);

impl<R: lock_api::RawRwLock, T> RwLock<R, T> {
    /// A lock. Its class is the place of this call.
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self(lock_api::RwLock::const_new(RawRwLock::new(Tracker::made_at(Kind::RwLock, Place::caller())), value))
    }

    /// A lock of the class of this name.
    #[inline]
    pub const fn named(name: &'static str, value: T) -> Self {
        Self(lock_api::RwLock::const_new(RawRwLock::new(Tracker::named(Kind::RwLock, name)), value))
    }

    /// The value.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<R: lock_api::RawRwLock, T: ?Sized> RwLock<R, T> {
    /// The value. No other thread can hold the lock.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<R: lock_api::RawRwLock, T: ?Sized> Deref for RwLock<R, T> {
    type Target = lock_api::RwLock<RawRwLock<R>, T>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<R: lock_api::RawRwLock, T: Default> Default for RwLock<R, T> {
    // Not `new`: the place of a default is often in a derive or in `Arc`, the same for locks that have nothing in
    // common.
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<R: lock_api::RawRwLock, T> From<T> for RwLock<R, T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<R: lock_api::RawRwLock, T: ?Sized + fmt::Debug> fmt::Debug for RwLock<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
