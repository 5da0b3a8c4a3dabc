//! A reference that a thread stores and others load.

use crate::leaf::atomic::{AtomicPtr, Ordering};
use std::ptr;

/// A shared place for a reference that lives for ever, empty at first.
#[derive(Debug)]
pub(crate) struct AtomicRef<T: 'static>(AtomicPtr<T>);

impl<T> AtomicRef<T> {
    #[cfg(not(all(feature = "models", loom)))]
    pub(crate) const fn empty() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    #[cfg(all(feature = "models", loom))]
    pub(crate) fn empty() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    #[inline]
    pub(crate) fn load(&self) -> Option<&'static T> {
        // SAFETY: only pointers of references that live for ever are put here. What they point at was written before,
        // as the reference could be stored only after that, and the pair of acquire and release shows it.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    #[inline]
    pub(crate) fn store(&self, value: &'static T) {
        self.0.store(ptr::from_ref(value).cast_mut(), Ordering::Release);
    }

    /// Stores the reference if the place is empty. Returns whether it did.
    pub(crate) fn set(&self, value: &'static T) -> bool {
        let value = ptr::from_ref(value).cast_mut();
        self.0.compare_exchange(ptr::null_mut(), value, Ordering::Release, Ordering::Relaxed).is_ok()
    }
}
