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

impl Guarantee {
    /// Fails with what was `seen`, unless the guarantee `holds`.
    ///
    /// # Errors
    /// The violation.
    pub fn ensure<S: Into<String>>(self, holds: bool, seen: impl FnOnce() -> S) -> Result<(), Violation> {
        if holds { Ok(()) } else { Err(Violation::new(self, seen())) }
    }
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_uppercase())
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
