//! The locks of `std::sync`, with checks.

#![allow(clippy::missing_errors_doc, reason = "each method names the one of std, which says when it fails")]

mod barrier;
mod condvar;
mod lazy;
pub mod mpsc;
mod mutex;
mod once;
mod rwlock;

pub use barrier::Barrier;
pub use condvar::Condvar;
pub use lazy::LazyLock;
pub use mutex::{Mutex, MutexGuard};
pub use once::{Once, OnceLock};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{
    BarrierWaitResult, LockResult, OnceState, PoisonError, TryLockError, TryLockResult, WaitTimeoutResult,
};

use crate::tracker::Asked;

/// Rebuilds the result of taking a lock around another guard.
fn map<G, H>(result: LockResult<G>, wrap: impl FnOnce(G) -> H) -> LockResult<H> {
    match result {
        Ok(guard) => Ok(wrap(guard)),
        Err(poisoned) => Err(PoisonError::new(wrap(poisoned.into_inner()))),
    }
}

/// The result of a try, around another guard.
fn attempt<G, H>(asked: Asked, result: TryLockResult<G>, wrap: impl FnOnce(G) -> H) -> TryLockResult<H> {
    match result {
        Ok(guard) => {
            asked.taken();
            Ok(wrap(guard))
        }
        Err(TryLockError::Poisoned(poisoned)) => {
            asked.taken();
            Err(TryLockError::Poisoned(PoisonError::new(wrap(poisoned.into_inner()))))
        }
        Err(TryLockError::WouldBlock) => {
            asked.failed();
            Err(TryLockError::WouldBlock)
        }
    }
}

/// Takes a lock of `std`, first by a try, so that the checker knows of a wait.
macro_rules! acquire {
    ($tracker:expr, $subclass:expr, $mode:expr, $try_now:expr, $block:expr, $wrap:expr) => {{
        let (asked, wrap) = ($tracker.ask_to_take($subclass, $mode, $crate::place::Place::caller()), $wrap);
        // The guard goes straight into the result: each move costs as much as the check.
        match if $crate::tracker::CHECKS { $try_now } else { Err(std::sync::TryLockError::WouldBlock) } {
            Ok(guard) => {
                asked.taken();
                Ok(wrap(guard))
            }
            Err(std::sync::TryLockError::Poisoned(poisoned)) => {
                asked.taken();
                $crate::sync::map(Err(poisoned), wrap)
            }
            Err(std::sync::TryLockError::WouldBlock) => $crate::sync::map(asked.taken_after(|| $block), wrap),
        }
    }};
}

use acquire;
