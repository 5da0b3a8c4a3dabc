//! The `Once` of `parking_lot`, with checks: that of `std` with the states of `parking_lot`.

use memguard_lockdep::sync;
use real::OnceState;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

const NEW: u8 = 0;
const POISONED: u8 = 1;
const IN_PROGRESS: u8 = 2;

/// Initialisation that happens once.
pub struct Once {
    checked: sync::Once,
    /// As long as it is not done.
    state: AtomicU8,
}

impl Once {
    /// A `Once` that has not run.
    #[track_caller]
    pub const fn new() -> Self {
        Self { checked: sync::Once::new(), state: AtomicU8::new(NEW) }
    }

    /// Whether it has run.
    pub fn state(&self) -> OnceState {
        if self.checked.is_completed() {
            return OnceState::Done;
        }
        match self.state.load(Ordering::Acquire) {
            NEW => OnceState::New,
            POISONED => OnceState::Poisoned,
            _ => OnceState::InProgress,
        }
    }

    /// Runs the closure if none has run. Waits if one runs.
    ///
    /// # Panics
    ///
    /// If a closure panicked before.
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, initialise: F) {
        self.checked.call_once(|| self.during(initialise));
    }

    /// The same, but a panic before does not matter.
    #[track_caller]
    pub fn call_once_force<F: FnOnce(OnceState)>(&self, initialise: F) {
        self.checked.call_once_force(|state| {
            let before = if state.is_poisoned() { OnceState::Poisoned } else { OnceState::New };
            self.during(|| initialise(before));
        });
    }

    fn during(&self, initialise: impl FnOnce()) {
        struct Poison<'a>(&'a Once);
        impl Drop for Poison<'_> {
            fn drop(&mut self) {
                // After a success `std` knows that it is done.
                self.0.state.store(POISONED, Ordering::Release);
            }
        }
        self.state.store(IN_PROGRESS, Ordering::Release);
        let poison = Poison(self);
        initialise();
        std::mem::forget(poison);
    }
}

impl Default for Once {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("state", &self.state()).finish()
    }
}
