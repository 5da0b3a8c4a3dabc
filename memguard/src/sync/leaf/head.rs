//! The head of a stack whose entries are added one by one and taken all at once.

use super::atomic::{AtomicPtr, Ordering};
use std::ptr;

/// A pointer to the entry that was added last.
#[derive(Debug)]
pub(crate) struct Head<T>(AtomicPtr<T>);

/// The head at one moment.
#[derive(Debug)]
pub(crate) struct Seen<T> {
    pub(crate) first: *mut T,
}

impl<T> Head<T> {
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    #[inline]
    pub(crate) fn look(&self) -> Seen<T> {
        Seen { first: self.0.load(Ordering::Relaxed) }
    }

    /// Makes this entry the first, unless the head is not the one that was seen. It may also fail at random. The caller
    /// tries again with the head that is returned.
    pub(crate) fn replace(&self, seen: &Seen<T>, first: *mut T) -> Result<(), Seen<T>> {
        let replaced = self.0.compare_exchange_weak(seen.first, first, Ordering::AcqRel, Ordering::Relaxed);
        replaced.map(drop).map_err(|first| Seen { first })
    }

    /// Takes all entries, and returns the first.
    pub(crate) fn take(&self) -> *mut T {
        self.0.swap(ptr::null_mut(), Ordering::AcqRel)
    }
}
