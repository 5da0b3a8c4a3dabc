//! A lock for instruments: the order checker itself and the simulated pages. It is not part of the lock order and not
//! seen by models, because what it guards only observes the program and never decides anything in it.

#![allow(clippy::disallowed_types, reason = "the one folder that may name a lock")]

use super::leaf::process::process_number;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

/// Data of an instrument, changed in short steps that take no other lock. Starts at its default.
///
/// A forked child starts with the default again: a thread of the parent may have held the lock when the copy was made.
pub(crate) struct Instrument<T>(AtomicPtr<InProcess<T>>);

struct InProcess<T> {
    process: u32,
    data: Mutex<T>,
}

// SAFETY: the pointer owns an `InProcess`, which is only reached through its mutex.
unsafe impl<T: Send> Sync for Instrument<T> {}
// SAFETY: as above: sending the instrument sends the data.
unsafe impl<T: Send> Send for Instrument<T> {}

impl<T> Instrument<T> {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }
}

impl<T: Default> Instrument<T> {
    /// Runs `step` on the data. An instrument outlives panics: it reports about them.
    pub(crate) fn with<R>(&self, step: impl FnOnce(&mut T) -> R) -> R {
        step(&mut self.here().data.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn here(&self) -> &InProcess<T> {
        let mut found = self.0.load(Ordering::Acquire);
        loop {
            // SAFETY: the pointer is null or to a box that is freed by nobody but `drop`.
            match unsafe { found.as_ref() } {
                Some(here) if here.process == process_number() => return here,
                _ => found = self.install(found),
            }
        }
    }

    /// Puts a fresh one in place of what was found; the parent's is left as it is, for nobody knows in which state that is.
    #[cold]
    fn install(&self, found: *mut InProcess<T>) -> *mut InProcess<T> {
        let new = Box::into_raw(Box::new(InProcess { process: process_number(), data: Mutex::default() }));
        match self.0.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => new,
            Err(theirs) => {
                // SAFETY: made above and shown to nobody.
                drop(unsafe { Box::from_raw(new) });
                theirs
            }
        }
    }
}

impl<T> Drop for Instrument<T> {
    fn drop(&mut self) {
        let mine = *self.0.get_mut();
        if !mine.is_null() {
            // SAFETY: `install` made it from a box, and nobody refers to it any more.
            let mine = unsafe { Box::from_raw(mine) };
            if mine.process != process_number() {
                std::mem::forget(mine);
            }
        }
    }
}

impl<T> fmt::Debug for Instrument<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instrument(..)")
    }
}
