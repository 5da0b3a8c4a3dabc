//! Methods that a lock passes on to the lock of `lock_api` inside.
//!
//! A deref finds them where they are called on a value. It does not where they are named by a path, as in
//! `map(Mutex::lock)`.

use super::{Mutex, RawMutex, RawRwLock, ReentrantMutex, RwLock};
use lock_api::{
    GetThreadId, MutexGuard, RawMutexTimed, RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed,
    RawRwLockUpgrade, RawRwLockUpgradeTimed, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};

/// Methods of a lock of `lock_api`, by their signatures. The lock inside is the field 0.
macro_rules! forward {
    ($Lock:literal: $($name:ident($($argument:ident: $Argument:ty)?) -> $Result:ty;)*) => {
        $(
            #[doc = concat!("See [`lock_api::", $Lock, "::", stringify!($name), "`].")]
            #[inline]
            #[track_caller]
            pub fn $name(&self, $($argument: $Argument)?) -> $Result {
                self.0.$name($($argument)?)
            }
        )*
    };
}

impl<R: lock_api::RawMutex, T> Mutex<R, T> {
    /// A mutex around a raw mutex.
    #[inline]
    pub const fn from_raw(raw: RawMutex<R>, value: T) -> Self {
        Self(lock_api::Mutex::from_raw(raw, value))
    }

    /// The same, by its former name.
    #[inline]
    pub const fn const_new(raw: RawMutex<R>, value: T) -> Self {
        Self::from_raw(raw, value)
    }
}

impl<R: lock_api::RawMutex, T: ?Sized> Mutex<R, T> {
    forward! { "Mutex":
        lock() -> MutexGuard<'_, RawMutex<R>, T>;
        try_lock() -> Option<MutexGuard<'_, RawMutex<R>, T>>;
        is_locked() -> bool;
        data_ptr() -> *mut T;
    }
}

impl<R: RawMutexTimed, T: ?Sized> Mutex<R, T> {
    forward! { "Mutex":
        try_lock_for(timeout: R::Duration) -> Option<MutexGuard<'_, RawMutex<R>, T>>;
        try_lock_until(timeout: R::Instant) -> Option<MutexGuard<'_, RawMutex<R>, T>>;
    }
}

impl<R: lock_api::RawMutex, G: GetThreadId, T: ?Sized> ReentrantMutex<R, G, T> {
    forward! { "ReentrantMutex":
        is_locked() -> bool;
        is_owned_by_current_thread() -> bool;
        data_ptr() -> *mut T;
    }
}

impl<R: lock_api::RawRwLock, T> RwLock<R, T> {
    /// A lock around a raw lock.
    #[inline]
    pub const fn from_raw(raw: RawRwLock<R>, value: T) -> Self {
        Self(lock_api::RwLock::from_raw(raw, value))
    }

    /// The same, by its former name.
    #[inline]
    pub const fn const_new(raw: RawRwLock<R>, value: T) -> Self {
        Self::from_raw(raw, value)
    }
}

impl<R: lock_api::RawRwLock, T: ?Sized> RwLock<R, T> {
    forward! { "RwLock":
        read() -> RwLockReadGuard<'_, RawRwLock<R>, T>;
        try_read() -> Option<RwLockReadGuard<'_, RawRwLock<R>, T>>;
        write() -> RwLockWriteGuard<'_, RawRwLock<R>, T>;
        try_write() -> Option<RwLockWriteGuard<'_, RawRwLock<R>, T>>;
        is_locked() -> bool;
        is_locked_exclusive() -> bool;
        data_ptr() -> *mut T;
    }
}

impl<R: RawRwLockTimed, T: ?Sized> RwLock<R, T> {
    forward! { "RwLock":
        try_read_for(timeout: R::Duration) -> Option<RwLockReadGuard<'_, RawRwLock<R>, T>>;
        try_read_until(timeout: R::Instant) -> Option<RwLockReadGuard<'_, RawRwLock<R>, T>>;
        try_write_for(timeout: R::Duration) -> Option<RwLockWriteGuard<'_, RawRwLock<R>, T>>;
        try_write_until(timeout: R::Instant) -> Option<RwLockWriteGuard<'_, RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockRecursive, T: ?Sized> RwLock<R, T> {
    forward! { "RwLock":
        read_recursive() -> RwLockReadGuard<'_, RawRwLock<R>, T>;
        try_read_recursive() -> Option<RwLockReadGuard<'_, RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockRecursiveTimed, T: ?Sized> RwLock<R, T> {
    forward! { "RwLock":
        try_read_recursive_for(timeout: R::Duration) -> Option<RwLockReadGuard<'_, RawRwLock<R>, T>>;
        try_read_recursive_until(timeout: R::Instant) -> Option<RwLockReadGuard<'_, RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockUpgrade, T: ?Sized> RwLock<R, T> {
    forward! { "RwLock":
        upgradable_read() -> RwLockUpgradableReadGuard<'_, RawRwLock<R>, T>;
        try_upgradable_read() -> Option<RwLockUpgradableReadGuard<'_, RawRwLock<R>, T>>;
    }
}

impl<R: RawRwLockUpgradeTimed, T: ?Sized> RwLock<R, T> {
    forward! { "RwLock":
        try_upgradable_read_for(timeout: R::Duration) -> Option<RwLockUpgradableReadGuard<'_, RawRwLock<R>, T>>;
        try_upgradable_read_until(timeout: R::Instant) -> Option<RwLockUpgradableReadGuard<'_, RawRwLock<R>, T>>;
    }
}
