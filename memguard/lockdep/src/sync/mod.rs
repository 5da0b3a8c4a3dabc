//! The locks of `std::sync`, with checks.

#![allow(clippy::missing_errors_doc, reason = "each method names the one of std, which says when it fails")]

mod barrier;
mod condvar;
pub mod mpsc;
mod mutex;
mod once;
mod rwlock;

pub use barrier::Barrier;
pub use condvar::Condvar;
pub use mutex::{Mutex, MutexGuard};
pub use once::{Once, OnceLock};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{
    BarrierWaitResult, LockResult, OnceState, PoisonError, TryLockError, TryLockResult, WaitTimeoutResult,
};

/// Rebuilds the result of taking a lock around another guard.
fn map<G, H>(result: LockResult<G>, wrap: impl FnOnce(G) -> H) -> LockResult<H> {
    match result {
        Ok(guard) => Ok(wrap(guard)),
        Err(poisoned) => Err(PoisonError::new(wrap(poisoned.into_inner()))),
    }
}

/// The lock as it was taken without a wait, if it was free.
fn taken<G>(result: TryLockResult<G>) -> Option<LockResult<G>> {
    match result {
        Ok(guard) => Some(Ok(guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(Err(poisoned)),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Takes a lock of `std` with one closure that tries and one that waits.
macro_rules! acquire {
    ($tracker:expr, $acquire:ident($($how:expr),+), $try_now:expr, $block:expr) => {{
        let guard = std::cell::Cell::new(None);
        let try_now = || {
            guard.set($crate::sync::taken($try_now));
            let taken = guard.take();
            let is_taken = taken.is_some();
            guard.set(taken);
            is_taken
        };
        $tracker.$acquire($($how),+, $crate::place::Place::caller(), try_now, || guard.set(Some($block)));
        guard.into_inner().expect("one of the two has taken it")
    }};
}

use acquire;
