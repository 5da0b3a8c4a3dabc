//! The head of a stack, for shuttle.
//!
//! It counts its changes, so it tells a new entry from an old one that had the same memory. By the pointer alone, the
//! steps of a run would depend on the allocator, and so on what ran before it in the process.

use super::atomic::{AtomicUsize, Ordering};
use std::ptr;
use std::sync::atomic::AtomicPtr;

/// A pointer to the entry that was added last.
#[derive(Debug)]
pub(crate) struct Head<T> {
    /// How often the head has changed. Each use of this counter is a step of the schedule.
    changes: AtomicUsize,
    /// Used only in the same step as `changes`.
    first: AtomicPtr<T>,
}

/// The head at one moment.
#[derive(Debug)]
pub(crate) struct Seen<T> {
    pub(crate) first: *mut T,
    changes: usize,
}

impl<T> Head<T> {
    pub(crate) fn new() -> Self {
        Self { changes: AtomicUsize::new(0), first: AtomicPtr::new(ptr::null_mut()) }
    }

    pub(crate) fn look(&self) -> Seen<T> {
        let changes = self.changes.load(Ordering::Relaxed);
        Seen { first: self.first.load(Ordering::Relaxed), changes }
    }

    /// Makes this entry the first, unless the head has changed since it was seen.
    pub(crate) fn replace(&self, seen: &Seen<T>, first: *mut T) -> Result<(), Seen<T>> {
        let next = seen.changes.wrapping_add(1);
        match self.changes.compare_exchange(seen.changes, next, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => {
                self.first.store(first, Ordering::Relaxed);
                Ok(())
            }
            Err(changes) => Err(Seen { first: self.first.load(Ordering::Relaxed), changes }),
        }
    }

    /// Takes all entries, and returns the first.
    pub(crate) fn take(&self) -> *mut T {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.first.swap(ptr::null_mut(), Ordering::Relaxed)
    }
}
