//! Guards that own an `Arc` of their lock.

use super::{Mutex, RawMutex, RawRwLock, ReentrantMutex, RwLock};
use lock_api::{
    ArcMutexGuard, ArcReentrantMutexGuard, ArcRwLockReadGuard, ArcRwLockUpgradableReadGuard, ArcRwLockWriteGuard,
    GetThreadId, RawMutexTimed, RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed, RawRwLockUpgrade,
    RawRwLockUpgradeTimed, ReentrantMutexGuard,
};
use std::mem;
use std::sync::Arc;

/// Methods of a lock in an `Arc`, by their signatures. `$inside` finds the `Arc` of the lock inside.
macro_rules! forward_arc {
    ($inside:ident, $Lock:literal: $($name:ident($($argument:ident: $Argument:ty)?) -> $Result:ty;)*) => {
        $(
            #[doc = concat!("See [`lock_api::", $Lock, "::", stringify!($name), "`].")]
            #[inline]
            #[track_caller]
            pub fn $name(self: &Arc<Self>, $($argument: $Argument)?) -> $Result {
                $inside(self).$name($($argument)?)
            }
        )*
    };
}

/// The `Arc` of the mutex inside.
fn mutex_inside<R: lock_api::RawMutex, T: ?Sized>(mutex: &Arc<Mutex<R, T>>) -> Arc<lock_api::Mutex<RawMutex<R>, T>> {
    let inside = Arc::into_raw(mutex.clone()) as *const lock_api::Mutex<RawMutex<R>, T>;
    // SAFETY: the pointer is that of an `Arc`. The mutex is transparent, so size and alignment are the same.
    unsafe { Arc::from_raw(inside) }
}

impl<R: lock_api::RawMutex, T: ?Sized> Mutex<R, T> {
    forward_arc! { mutex_inside, "Mutex":
        lock_arc() -> ArcMutexGuard<RawMutex<R>, T>;
        try_lock_arc() -> Option<ArcMutexGuard<RawMutex<R>, T>>;
    }
}

impl<R: RawMutexTimed, T: ?Sized> Mutex<R, T> {
    forward_arc! { mutex_inside, "Mutex":
        try_lock_arc_for(timeout: R::Duration) -> Option<ArcMutexGuard<RawMutex<R>, T>>;
        try_lock_arc_until(timeout: R::Instant) -> Option<ArcMutexGuard<RawMutex<R>, T>>;
    }
}

/// The `Arc` of the mutex inside.
fn remutex_inside<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized>(
    mutex: &Arc<ReentrantMutex<R, G, T>>,
) -> Arc<lock_api::ReentrantMutex<RawMutex<R>, G, T>> {
    let inside = Arc::into_raw(mutex.clone()) as *const lock_api::ReentrantMutex<RawMutex<R>, G, T>;
    // SAFETY: the pointer is that of an `Arc`. The mutex is transparent, so size and alignment are the same.
    unsafe { Arc::from_raw(inside) }
}

/// The guard that owns the `Arc`, for one that borrows it.
fn own<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized>(
    mutex: &Arc<ReentrantMutex<R, G, T>>,
    guard: ReentrantMutexGuard<'_, RawMutex<R>, G, T>,
) -> ArcReentrantMutexGuard<RawMutex<R>, G, T> {
    mem::forget(guard);
    // SAFETY: this thread holds the mutex by the guard, which is forgotten.
    unsafe { remutex_inside(mutex).make_arc_guard_unchecked() }
}

impl<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized> ReentrantMutex<R, G, T> {
    /// See [`lock_api::ReentrantMutex::lock_arc`].
    #[inline]
    #[track_caller]
    pub fn lock_arc(self: &Arc<Self>) -> ArcReentrantMutexGuard<RawMutex<R>, G, T> {
        own(self, self.lock())
    }

    /// See [`lock_api::ReentrantMutex::try_lock_arc`].
    #[inline]
    #[track_caller]
    pub fn try_lock_arc(self: &Arc<Self>) -> Option<ArcReentrantMutexGuard<RawMutex<R>, G, T>> {
        self.try_lock().map(|guard| own(self, guard))
    }
}

impl<R: RawMutexTimed, G: GetThreadId, T: ?Sized> ReentrantMutex<R, G, T> {
    /// See [`lock_api::ReentrantMutex::try_lock_arc_for`].
    #[inline]
    #[track_caller]
    pub fn try_lock_arc_for(
        self: &Arc<Self>,
        timeout: R::Duration,
    ) -> Option<ArcReentrantMutexGuard<RawMutex<R>, G, T>> {
        self.try_lock_for(timeout).map(|guard| own(self, guard))
    }

    /// See [`lock_api::ReentrantMutex::try_lock_arc_until`].
    #[inline]
    #[track_caller]
    pub fn try_lock_arc_until(
        self: &Arc<Self>,
        timeout: R::Instant,
    ) -> Option<ArcReentrantMutexGuard<RawMutex<R>, G, T>> {
        self.try_lock_until(timeout).map(|guard| own(self, guard))
    }
}

/// The `Arc` of the lock inside.
fn rwlock_inside<R: lock_api::RawRwLock, T: ?Sized>(
    lock: &Arc<RwLock<R, T>>,
) -> Arc<lock_api::RwLock<RawRwLock<R>, T>> {
    let inside = Arc::into_raw(lock.clone()) as *const lock_api::RwLock<RawRwLock<R>, T>;
    // SAFETY: the pointer is that of an `Arc`. The lock is transparent, so size and alignment are the same.
    unsafe { Arc::from_raw(inside) }
}

impl<R: lock_api::RawRwLock, T: ?Sized> RwLock<R, T> {
    forward_arc! { rwlock_inside, "RwLock":
        read_arc() -> ArcRwLockReadGuard<RawRwLock<R>, T>;
        try_read_arc() -> Option<ArcRwLockReadGuard<RawRwLock<R>, T>>;
        write_arc() -> ArcRwLockWriteGuard<RawRwLock<R>, T>;
        try_write_arc() -> Option<ArcRwLockWriteGuard<RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockTimed, T: ?Sized> RwLock<R, T> {
    forward_arc! { rwlock_inside, "RwLock":
        try_read_arc_for(timeout: R::Duration) -> Option<ArcRwLockReadGuard<RawRwLock<R>, T>>;
        try_read_arc_until(timeout: R::Instant) -> Option<ArcRwLockReadGuard<RawRwLock<R>, T>>;
        try_write_arc_for(timeout: R::Duration) -> Option<ArcRwLockWriteGuard<RawRwLock<R>, T>>;
        try_write_arc_until(timeout: R::Instant) -> Option<ArcRwLockWriteGuard<RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockRecursive, T: ?Sized> RwLock<R, T> {
    forward_arc! { rwlock_inside, "RwLock":
        read_arc_recursive() -> ArcRwLockReadGuard<RawRwLock<R>, T>;
        try_read_recursive_arc() -> Option<ArcRwLockReadGuard<RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockRecursiveTimed, T: ?Sized> RwLock<R, T> {
    forward_arc! { rwlock_inside, "RwLock":
        try_read_arc_recursive_for(timeout: R::Duration) -> Option<ArcRwLockReadGuard<RawRwLock<R>, T>>;
        try_read_arc_recursive_until(timeout: R::Instant) -> Option<ArcRwLockReadGuard<RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockUpgrade, T: ?Sized> RwLock<R, T> {
    forward_arc! { rwlock_inside, "RwLock":
        upgradable_read_arc() -> ArcRwLockUpgradableReadGuard<RawRwLock<R>, T>;
        try_upgradable_read_arc() -> Option<ArcRwLockUpgradableReadGuard<RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockUpgradeTimed, T: ?Sized> RwLock<R, T> {
    forward_arc! { rwlock_inside, "RwLock":
        try_upgradable_read_arc_for(timeout: R::Duration) -> Option<ArcRwLockUpgradableReadGuard<RawRwLock<R>, T>>;
        try_upgradable_read_arc_until(timeout: R::Instant) -> Option<ArcRwLockUpgradableReadGuard<RawRwLock<R>, T>>;
    }
}
