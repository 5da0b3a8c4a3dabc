//! A value that is initialised when it is first used.

use super::OnceLock;
use std::fmt;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

/// [`std::sync::LazyLock`] with checks.
///
/// ```
/// use memguard_lockdep::sync::LazyLock;
/// static NAME: LazyLock<String> = LazyLock::new(|| "memguard".to_owned());
/// assert_eq!(*NAME, "memguard");
/// ```
pub struct LazyLock<T, F = fn() -> T> {
    value: OnceLock<T>,
    /// Taken out by the thread that initialises.
    initialise: Mutex<Option<F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// A value to be made by the closure. Its class is the place of this call.
    #[track_caller]
    pub const fn new(initialise: F) -> Self {
        Self { value: OnceLock::new(), initialise: Mutex::new(Some(initialise)) }
    }

    /// See [`std::sync::LazyLock::force`].
    ///
    /// # Panics
    ///
    /// If the closure panics, or has panicked, as with the one of std.
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.value.get_or_init(|| {
            let initialise = this.initialise.lock().unwrap_or_else(PoisonError::into_inner).take();
            initialise.expect("LazyLock instance has previously been poisoned")()
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LazyLock").field(&self.value.get()).finish()
    }
}
