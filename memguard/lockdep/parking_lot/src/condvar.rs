//! The condition variable of `parking_lot`, with checks.

use memguard_lockdep::raw;
use std::time::Instant;

/// A condition variable.
pub type Condvar = raw::Condvar<Unchecked>;

/// The condition variable of `parking_lot` itself.
#[doc(hidden)]
pub struct Unchecked(real::Condvar);

// SAFETY: `parking_lot` takes the mutex again before a wait ends. It panics only before it has released the mutex.
unsafe impl raw::RawCondvar for Unchecked {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait asks for it")]
    const INIT: Self = Self(real::Condvar::new());

    type Mutex = real::RawMutex;

    fn wait(&self, guard: &mut real::MutexGuard<'_, ()>) {
        self.0.wait(guard);
    }

    fn wait_until(&self, guard: &mut real::MutexGuard<'_, ()>, timeout: Instant) -> bool {
        self.0.wait_until(guard, timeout).timed_out()
    }

    fn notify_one(&self) -> bool {
        self.0.notify_one()
    }

    fn notify_all(&self) -> usize {
        self.0.notify_all()
    }
}
