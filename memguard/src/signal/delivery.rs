//! Hands the user's handler over to the thread that runs it when a signal arrives.

use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::{OnDrop, contain, impl_drop};
use std::ptr;

pub(crate) type Handler = Box<dyn FnOnce(i32) + Send>;

/// The handler in force, until a signal takes it. It is swapped in one atomic step, so no thread waits and the handler
/// runs at most once.
///
/// For tests and tools, and exempt from semantic versioning: models run it without a signal.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::Delivery;
/// let session = memguard::Session::new()?;
/// let buffer = session.buffer(8)?;
/// let delivery = Delivery::new();
/// delivery.install(Box::new(|signal| assert_eq!(signal, 15)));
/// delivery.deliver(15);
/// session.purge();
/// assert!(!buffer.is_alive());
/// # }
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
    /// # #[cfg(feature = "internals")] {
    /// assert!(memguard::Delivery::new().deliver(15)); // does nothing
    /// # }
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a handler in force, in place of the one before, which it returns.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// let delivery = memguard::Delivery::new();
    /// assert!(delivery.install(Box::new(|_| unreachable!("replaced"))).is_none());
    /// assert!(delivery.install(Box::new(|signal| assert_eq!(signal, 2))).is_some());
    /// assert!(delivery.deliver(2));
    /// # }
    /// ```
    pub fn install(&self, handler: Handler) -> Option<Handler> {
        self.swap(Box::into_raw(Box::new(handler)))
    }

    /// Runs the handler, if there is one, and contains its panic. Holds no lock meanwhile. Returns `false` if the
    /// handler panicked.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// let delivery = memguard::Delivery::new();
    /// delivery.install(Box::new(|_| panic!("in the handler")));
    /// assert!(!delivery.deliver(15));
    /// # }
    /// ```
    pub fn deliver(&self, signal: i32) -> bool {
        self.swap(ptr::null_mut()).is_none_or(|handler| contain(|| handler(signal)).is_some())
    }

    fn swap(&self, new: *mut Handler) -> Option<Handler> {
        let old = self.handler.swap(new, Ordering::AcqRel);
        // SAFETY: every pointer stored came from a box, and the swap took it out for this thread alone.
        (!old.is_null()).then(|| *unsafe { Box::from_raw(old) })
    }
}

impl OnDrop for Delivery {
    fn on_drop(&mut self) {
        drop(self.swap(ptr::null_mut()));
    }
}

impl_drop!(Delivery);
