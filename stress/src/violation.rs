//! Violations of the library's guarantees.

use std::fmt;

use memguard::Error;
use memguard_reports::Guarantee;

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

    /// Nothing, if the guarantee `holds`.
    ///
    /// # Errors
    /// A violation with what was `seen`, if it does not.
    pub fn unless<S: Into<String>>(
        holds: bool,
        guarantee: Guarantee,
        seen: impl FnOnce() -> S,
    ) -> Result<(), Violation> {
        if holds { Ok(()) } else { Err(Self::new(guarantee, seen())) }
    }

    /// An error that the library had no reason to return.
    ///
    /// ```
    /// use memguard_stress::{Guarantee, Violation};
    /// assert_eq!(Violation::unexpected("open", &memguard::Error::KeyGone).guarantee, Guarantee::Exact);
    /// ```
    pub fn unexpected(call: impl fmt::Display, error: &Error) -> Self {
        let guarantee = match error {
            Error::Timeout { .. } | Error::WouldDeadlock { .. } => Guarantee::Progress,
            Error::WouldBlock { .. } | Error::Reentrant { .. } => Guarantee::Progress,
            Error::KeyGone | Error::Tampered | Error::SealedTooShort { .. } | Error::OtherCipher { .. } => {
                Guarantee::Exact
            }
            Error::Corrupted => Guarantee::Wiped,
            _ => Guarantee::Visible,
        };
        Self::new(guarantee, format!("{call} returned an unexpected error: {error}"))
    }

    /// The result of a call that must succeed.
    ///
    /// # Errors
    /// [`unexpected`](Self::unexpected), if it did not.
    pub fn unless_ok<T>(call: &str, result: memguard::Result<T>) -> Result<T, Self> {
        result.map_err(|error| Self::unexpected(call, &error))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.guarantee, self.message)
    }
}
