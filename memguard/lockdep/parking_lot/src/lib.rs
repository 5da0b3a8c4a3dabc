//! A stand-in for `parking_lot` whose locks are checked by `memguard-lockdep`.
//!
//! It has the interface of `parking_lot` 0.12. With a patch in the `Cargo.toml` of a workspace, every crate below gets
//! these locks without a changed line. README.md says how.

mod condvar;
mod once;
mod reporter;

pub use condvar::Condvar;
pub use lock_api;
pub use memguard_lockdep::raw::WaitTimeoutResult;
pub use once::Once;
pub use real::{OnceState, RawThreadId};

#[cfg(feature = "deadlock_detection")]
pub use real::deadlock;

#[cfg(feature = "arc_lock")]
pub use lock_api::{
    ArcMutexGuard, ArcReentrantMutexGuard, ArcRwLockReadGuard, ArcRwLockUpgradableReadGuard, ArcRwLockWriteGuard,
};

use memguard_lockdep::raw;

/// A raw mutex.
pub type RawMutex = raw::RawMutex<real::RawMutex>;
/// A raw fair mutex.
pub type RawFairMutex = raw::RawMutex<real::RawFairMutex>;
/// A raw reader-writer lock.
pub type RawRwLock = raw::RawRwLock<real::RawRwLock>;

/// A mutex.
pub type Mutex<T> = raw::Mutex<real::RawMutex, T>;
/// A fair mutex.
pub type FairMutex<T> = raw::Mutex<real::RawFairMutex, T>;
/// A mutex that its holder can take again.
pub type ReentrantMutex<T> = raw::ReentrantMutex<real::RawMutex, RawThreadId, T>;
/// A reader-writer lock.
pub type RwLock<T> = raw::RwLock<real::RawRwLock, T>;

/// The guard of a mutex.
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;
/// The guard of a part of what a mutex protects.
pub type MappedMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawMutex, T>;
/// The guard of a fair mutex.
pub type FairMutexGuard<'a, T> = lock_api::MutexGuard<'a, RawFairMutex, T>;
/// The guard of a part of what a fair mutex protects.
pub type MappedFairMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawFairMutex, T>;
/// The guard of a reentrant mutex.
pub type ReentrantMutexGuard<'a, T> = lock_api::ReentrantMutexGuard<'a, RawMutex, RawThreadId, T>;
/// The guard of a part of what a reentrant mutex protects.
pub type MappedReentrantMutexGuard<'a, T> = lock_api::MappedReentrantMutexGuard<'a, RawMutex, RawThreadId, T>;
/// The guard of a reader.
pub type RwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, RawRwLock, T>;
/// The guard of a writer.
pub type RwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, RawRwLock, T>;
/// The guard of a reader that can become the writer.
pub type RwLockUpgradableReadGuard<'a, T> = lock_api::RwLockUpgradableReadGuard<'a, RawRwLock, T>;
/// The guard of a part of what a reader may see.
pub type MappedRwLockReadGuard<'a, T> = lock_api::MappedRwLockReadGuard<'a, RawRwLock, T>;
/// The guard of a part of what a writer may change.
pub type MappedRwLockWriteGuard<'a, T> = lock_api::MappedRwLockWriteGuard<'a, RawRwLock, T>;

/// A mutex, in a constant.
#[track_caller]
pub const fn const_mutex<T>(value: T) -> Mutex<T> {
    Mutex::new(value)
}

/// A fair mutex, in a constant.
#[track_caller]
pub const fn const_fair_mutex<T>(value: T) -> FairMutex<T> {
    FairMutex::new(value)
}

/// A reentrant mutex, in a constant.
#[track_caller]
pub const fn const_reentrant_mutex<T>(value: T) -> ReentrantMutex<T> {
    ReentrantMutex::new(value)
}

/// A reader-writer lock, in a constant.
#[track_caller]
pub const fn const_rwlock<T>(value: T) -> RwLock<T> {
    RwLock::new(value)
}
