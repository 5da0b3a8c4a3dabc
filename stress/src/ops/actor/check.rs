//! Compares an answer of the library with what the model expects.

use super::state::Actor;
use crate::{Guarantee, Violation};
use memguard::{Error, Limit};
use std::io;

/// The errors that a call may return because of other threads or the system.
#[derive(Clone, Copy, Debug)]
pub(super) struct AllowedErrors {
    /// `Destroyed`, because a purge took the buffer.
    purged: bool,
    /// `KeyGone`, because a purge took the key.
    key_gone: bool,
    /// A limit, because the call needs new pages.
    limited: bool,
}

impl AllowedErrors {
    /// A call that reads or changes a buffer.
    pub(super) const USE: Self = Self { purged: true, key_gone: false, limited: false };
    /// A call that creates a buffer, or that reads a copy of one.
    pub(super) const CREATE: Self = Self { limited: true, ..Self::USE };
    /// A call that seals bytes.
    pub(super) const SEAL: Self = Self { purged: false, key_gone: false, limited: true };
    /// A call that shows what is in an enclave.
    pub(super) const SHOW: Self = Self { purged: false, ..Self::OPEN };
    /// A call that opens an enclave.
    pub(super) const OPEN: Self = Self { purged: true, key_gone: true, limited: true };
}

/// An answer that was expected.
#[derive(Debug)]
pub(super) enum Answer<T> {
    /// Done.
    Done(T),
    /// The error that the model expects.
    Refused,
    /// Another thread purged in between.
    Purged,
    /// A limit was reached, a planted fault fired, the session ended, or a wait expired. Nothing changed.
    Limited,
}

impl<T> Answer<T> {
    /// What a call returned, if it was done. Notes in `dead` that a purge came before.
    pub(super) fn done(self, dead: &mut bool) -> Option<T> {
        *dead |= matches!(self, Self::Purged);
        if let Self::Done(value) = self { Some(value) } else { None }
    }
}

/// Bytes or a length that are not what the model says.
pub(super) fn exact(seen: impl Into<String>) -> Violation {
    Violation::new(Guarantee::Exact, seen)
}

/// A moved source must be zero. Any other source must be unchanged.
pub(super) fn source_is_wiped_or_kept(before: &[u8], after: &[u8], taken: bool) -> Result<(), Violation> {
    if taken {
        let is_wiped = after.iter().all(|&byte| byte == 0);
        return Violation::unless(is_wiped, Guarantee::Clean, || "the source was not wiped after it was moved");
    }
    Violation::unless(before == after, Guarantee::Exact, || "the source was changed by a call that failed")
}

/// The library's error inside an `io::Error`.
pub(super) fn library_error(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => Error::System { call: "an io::Error without an error of memguard inside", source: error.into() },
    }
}

impl Actor<'_> {
    /// How many planted faults have fired.
    pub(super) fn faults_fired(&self) -> u64 {
        // A look at the simulated system takes longer than most operations.
        if self.tally.has_faults() { self.environment.faults_fired() } else { 0 }
    }

    /// Whether a fault, an expired wait or the session's end may stop a call half-way.
    pub(super) fn may_be_interrupted(&self) -> bool {
        self.a_fault_fired() || self.waits_expire || self.environment.session_may_have_ended()
    }

    /// Whether a planted fault has fired, in any thread, since the current operation began.
    pub(super) fn a_fault_fired(&self) -> bool {
        self.faults_fired() > self.fired_before
    }

    /// Whether a fault, an expired wait or the end of the session accounts for the error.
    pub(super) fn is_excused(&self, error: &Error) -> bool {
        match error {
            Error::System { .. } | Error::Control { .. } | Error::Limit(_) | Error::Unwiped => self.a_fault_fired(),
            Error::Timeout { .. } => self.waits_expire,
            Error::SessionEnded => self.environment.session_may_have_ended(),
            _ => false,
        }
    }

    /// Compares an answer with what the model expects: the error `wanted`, or success if that is `None`.
    pub(super) fn check<T>(
        &self,
        call: &str,
        got: memguard::Result<T>,
        wanted: Option<Error>,
        allowed: AllowedErrors,
    ) -> Result<Answer<T>, Violation> {
        if let Err(error) = &got {
            self.tally.error(error);
        }
        match (got, wanted) {
            (Ok(value), None) => Ok(Answer::Done(value)),
            (Err(error), Some(wanted)) if error == wanted => Ok(Answer::Refused),
            (Err(Error::Destroyed), _) if allowed.purged && self.environment.purges.is_some() => Ok(Answer::Purged),
            (Err(Error::KeyGone), _) if allowed.key_gone && self.environment.purges.is_some() => Ok(Answer::Purged),
            (Err(Error::Limit(Limit::LockedMemory { limit, .. })), _)
                if allowed.limited && limit.is_some() && limit == self.environment.memlock =>
            {
                Ok(Answer::Limited)
            }
            // Another thread gave memory back between the refusal and the look at the figures, so these name no limit.
            (Err(Error::Limit(Limit::Memory { .. })), _) if allowed.limited && self.environment.memlock.is_some() => {
                Ok(Answer::Limited)
            }
            (Err(error), _) if self.is_excused(&error) => Ok(Answer::Limited),
            (Ok(_), Some(wanted)) => {
                let guarantee = if wanted == Error::Destroyed { Guarantee::Wiped } else { Guarantee::Visible };
                Err(Violation::new(guarantee, format!("{call} succeeded, but must fail: {wanted}")))
            }
            (Err(error), _) => Err(Violation::unexpected(call, &error)),
        }
    }
}
