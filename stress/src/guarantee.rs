//! The guarantees of the library, and violations of them.

use memguard::Error;
use std::fmt;

/// One of memguard's guarantees. Reports and tests use these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guarantee {
    /// Threads block only upwards in the lock order.
    Order,
    /// No call blocks for ever.
    Progress,
    /// Every secret byte is zeroed when its last access ends.
    Wiped,
    /// A read returns the bytes that were stored, or an error.
    Exact,
    /// There is no copy of a secret outside locked pages.
    Clean,
    /// Every degraded outcome is counted; `Ok` means done.
    Visible,
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order => "ORDER",
            Self::Progress => "PROGRESS",
            Self::Wiped => "WIPED",
            Self::Exact => "EXACT",
            Self::Clean => "CLEAN",
            Self::Visible => "VISIBLE",
        })
    }
}

/// A broken guarantee, with what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The guarantee.
    pub guarantee: Guarantee,
    /// What was seen. May have several lines.
    pub message: String,
}

impl Violation {
    /// A violation of this guarantee.
    pub fn new(guarantee: Guarantee, message: impl Into<String>) -> Self {
        Self { guarantee, message: message.into() }
    }

    /// An error that the library had no reason to return.
    ///
    /// ```
    /// use memguard_stress::{Guarantee, Violation};
    /// assert_eq!(Violation::unexpected("open", &memguard::Error::KeyGone).guarantee, Guarantee::Exact);
    /// ```
    pub fn unexpected(call: impl fmt::Display, error: &Error) -> Self {
        let guarantee = match error {
            Error::Timeout { .. }
            | Error::WouldDeadlock { .. }
            | Error::WouldBlock { .. }
            | Error::Reentrant { .. } => Guarantee::Progress,
            Error::KeyGone | Error::Tampered | Error::SealedTooShort { .. } => Guarantee::Exact,
            Error::Corrupted => Guarantee::Wiped,
            _ => Guarantee::Visible,
        };
        Self::new(guarantee, format!("{call} returned an unexpected error: {error}"))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.guarantee, self.message)
    }
}
