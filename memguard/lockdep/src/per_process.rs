//! Data that a forked child starts anew.

#![allow(clippy::disallowed_types, reason = "the checker's own lock takes no part in any order")]

use once_cell::race::OnceBox;
use std::process;
use std::sync::{Mutex, PoisonError};

/// Data of the checker, changed in short steps that run no foreign code. It starts at its default.
///
/// A forked child starts with the default again: a thread of the parent may have held the lock when the copy was made.
pub(crate) struct PerProcess<T>(OnceBox<InProcess<T>>);

struct InProcess<T> {
    process: u32,
    data: Mutex<T>,
    /// The data in a forked child.
    next: PerProcess<T>,
}

impl<T: Default> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceBox::new())
    }

    /// Runs `step` on the data.
    pub(crate) fn with<R>(&self, step: impl FnOnce(&mut T) -> R) -> R {
        let process = process::id();
        let new = || Box::new(InProcess { process, data: Mutex::default(), next: Self::new() });
        let mut here = self.0.get_or_init(new);
        while here.process != process {
            here = here.next.0.get_or_init(new);
        }
        step(&mut here.data.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
