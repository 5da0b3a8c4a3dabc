//! What a caught signal leads to, apart from the signal: the hand-over of the user's handler to the thread that runs it.

use crate::core::tell;
use crate::sync::atomic::{AtomicPtr, Ordering};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

type Handler = Box<dyn FnOnce(i32) + Send>;

/// The handler in force, until a signal takes it. Swapped in one atomic step, so that nobody waits and it runs at most once.
///
/// Public so that models can reach it; like all of [`sync`](crate::sync) exempt from semantic versioning.
///
/// ```
/// use memguard::sync::Delivery;
/// let session = memguard::Session::new()?;
/// let buffer = session.buffer(8)?;
/// let delivery = Delivery::new();
/// delivery.install(Box::new(|signal| assert_eq!(signal, 15)));
/// delivery.deliver(15, || drop(session.purge()));
/// assert!(!buffer.is_alive());
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Delivery {
    handler: AtomicPtr<Handler>,
}

impl Delivery {
    /// Without a handler.
    ///
    /// ```
    /// memguard::sync::Delivery::new().deliver(15, || ()); // nobody handles it
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a handler in force, in place of the one before.
    ///
    /// ```
    /// let delivery = memguard::sync::Delivery::new();
    /// delivery.install(Box::new(|_| unreachable!("replaced")));
    /// delivery.install(Box::new(|signal| assert_eq!(signal, 2)));
    /// delivery.deliver(2, || ());
    /// ```
    pub fn install(&self, handler: Handler) {
        drop(self.swap(Box::into_raw(Box::new(handler))));
    }

    /// Runs the handler, if there is one, and then `purge`, also if the handler panics. Holds nothing meanwhile.
    ///
    /// ```
    /// use std::cell::Cell;
    /// let (delivery, purged) = (memguard::sync::Delivery::new(), Cell::new(false));
    /// delivery.install(Box::new(|_| panic!("in the handler")));
    /// delivery.deliver(15, || purged.set(true));
    /// assert!(purged.get());
    /// ```
    pub fn deliver(&self, signal: i32, purge: impl FnOnce()) {
        if let Some(handler) = self.swap(ptr::null_mut())
            && catch_unwind(AssertUnwindSafe(|| handler(signal))).is_err()
        {
            tell::signal_handler_panicked(signal);
        }
        purge();
    }

    fn swap(&self, new: *mut Handler) -> Option<Handler> {
        let old = self.handler.swap(new, Ordering::AcqRel);
        // SAFETY: every pointer stored came from a box, and the swap took it out for this thread alone.
        (!old.is_null()).then(|| *unsafe { Box::from_raw(old) })
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if !crate::sync::leaf::abandoned() {
            drop(self.swap(ptr::null_mut()));
        }
    }
}
