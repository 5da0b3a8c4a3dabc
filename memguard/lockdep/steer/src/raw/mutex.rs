//! A raw mutex.

use super::LOOKS;
use super::monitor::{Monitor, State};
use crate::execution::{pause, point};
use lock_api::GuardNoSend;
use std::time::{Duration, Instant};

/// A raw mutex for threads of `shuttle`.
///
/// ```
/// let mutex = lock_api::Mutex::<memguard_lockdep_steer::RawMutex, _>::new(1);
/// assert_eq!(*mutex.lock(), 1);
/// ```
#[derive(Debug)]
pub struct RawMutex(Monitor<Held>);

#[derive(Debug)]
struct Held(bool);

impl State for Held {
    const FREE: Self = Held(false);
}

impl Held {
    fn take(&mut self) -> Option<()> {
        (!self.0).then(|| self.0 = true)
    }
}

// SAFETY: `take` succeeds for one thread until it releases. A state is set free without a release only where the
// threads of its execution never run again.
unsafe impl lock_api::RawMutex for RawMutex {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait asks for it")]
    const INIT: Self = Self(Monitor::new());

    type GuardMarker = GuardNoSend;

    fn lock(&self) {
        point();
        self.0.wait(Held::take);
    }

    fn try_lock(&self) -> bool {
        point();
        self.0.change(Held::take).is_some()
    }

    unsafe fn unlock(&self) {
        point();
        self.0.set(|held| held.0 = false);
    }

    fn is_locked(&self) -> bool {
        self.0.look(|held| held.0)
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawMutexTimed for RawMutex {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_for(&self, _: Duration) -> bool {
        in_time(|| lock_api::RawMutex::try_lock(self))
    }

    fn try_lock_until(&self, _: Instant) -> bool {
        in_time(|| lock_api::RawMutex::try_lock(self))
    }
}

/// Tries a few times, and lets other threads run in between.
pub(super) fn in_time(mut look: impl FnMut() -> bool) -> bool {
    (0..LOOKS).any(|_| {
        let done = look();
        if !done {
            pause();
        }
        done
    })
}
