//! Places in the source.

use serde::{Serialize, Serializer};
use std::fmt;
use std::panic::Location;

/// A place in the source, as `file:line:column`.
///
/// ```
/// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
/// let mutex = memguard_lockdep::parking_lot::Mutex::new(());
/// let _guard = mutex.lock();
/// assert!(memguard_lockdep::held()[0].place.line() > 0);
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place(pub(crate) &'static Location<'static>);

impl Place {
    /// Where the function that calls this was called, if it has the attribute `track_caller`.
    #[track_caller]
    pub(crate) const fn caller() -> Self {
        Self(Location::caller())
    }

    /// The path of the file, as the compiler was given it.
    pub fn file(self) -> &'static str {
        self.0.file()
    }

    /// The line, counted from 1.
    pub fn line(self) -> u32 {
        self.0.line()
    }

    /// The column, counted from 1.
    pub fn column(self) -> u32 {
        self.0.column()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
