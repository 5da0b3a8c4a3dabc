//! Locks with the methods of those of `parking_lot`, checked by [`memguard_lockdep`] and scheduled by `shuttle`.

use crate::raw::{RawCondvar, RawMutex, RawRwLock};
use memguard_lockdep::raw;

pub use memguard_lockdep::raw::WaitTimeoutResult;

/// A mutex.
pub type Mutex<T> = raw::Mutex<RawMutex, T>;
/// The guard of a mutex.
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, raw::RawMutex<RawMutex>, T>;
/// A reader-writer lock. Readers that come after a writer that waits wait too.
pub type RwLock<T> = raw::RwLock<RawRwLock, T>;
/// The guard of a reader.
pub type RwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, raw::RawRwLock<RawRwLock>, T>;
/// The guard of a writer.
pub type RwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, raw::RawRwLock<RawRwLock>, T>;
/// The guard of a reader that can become the writer.
pub type RwLockUpgradableReadGuard<'a, T> = lock_api::RwLockUpgradableReadGuard<'a, raw::RawRwLock<RawRwLock>, T>;
/// A condition variable.
pub type Condvar = raw::Condvar<RawCondvar>;
