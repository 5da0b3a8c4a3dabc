//! A reference that one thread stores and others load.

use crate::leaf::atomic::{AtomicPtr, Ordering};
use std::ptr;

/// A shared place for a reference that lives for ever, empty at first.
#[derive(Debug)]
pub(crate) struct AtomicRef<T: 'static>(AtomicPtr<T>);

impl<T> AtomicRef<T> {
    pub(crate) fn empty() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    #[inline]
    pub(crate) fn load(&self) -> Option<&'static T> {
        // SAFETY: `store` puts only pointers of references here that live for ever. What they point at was written
        // before, as the reference could be stored only after that, and the pair of acquire and release shows it.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    #[inline]
    pub(crate) fn store(&self, value: &'static T) {
        self.0.store(ptr::from_ref(value).cast_mut(), Ordering::Release);
    }
}
