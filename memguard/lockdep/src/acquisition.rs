//! One lock, and where and how a thread took it or asked for it.

use crate::class::Class;
use crate::mode::Mode;
use crate::place::Place;
use serde::Serialize;
use std::fmt;

/// One lock, and where and how a thread took it or asked for it.
///
/// ```
/// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
/// use memguard_lockdep::{Mode, parking_lot::Mutex};
/// let mutex = Mutex::named("STOCK", ());
/// let _guard = mutex.lock();
/// let held = &memguard_lockdep::held()[0];
/// assert_eq!((held.class.name(), held.mode), (Some("STOCK"), Mode::Exclusive));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Acquisition {
    /// The class of the lock.
    pub class: &'static Class,
    /// Which lock of the class: a number that no other lock of the process has.
    pub instance: u64,
    /// How it is held or asked for.
    pub mode: Mode,
    /// Where in the source.
    pub place: Place,
}

impl fmt::Display for Acquisition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{} ({}) at {}", self.class, self.instance, self.mode.label(), self.place)
    }
}
