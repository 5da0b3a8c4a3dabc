//! Locks a standard mutex, poisoned or not. The workers panic on purpose, so poison shows nothing here.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks the mutex and ignores that a panic may have poisoned it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
