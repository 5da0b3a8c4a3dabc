//! A lock for instruments: the order checker itself and the simulated pages. It is not part of the lock order and not
//! seen by models, because what it guards only observes the program and never decides anything in it.

#![allow(clippy::disallowed_types, reason = "the one folder that may name a lock")]

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Data of an instrument, changed in short steps that take no other lock.
pub(crate) struct Instrument<T>(Mutex<T>);

impl<T> Instrument<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self(Mutex::new(data))
    }

    /// Runs `step` on the data. An instrument outlives panics: it reports about them.
    pub(crate) fn with<R>(&self, step: impl FnOnce(&mut T) -> R) -> R {
        step(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> fmt::Debug for Instrument<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instrument(..)")
    }
}
