//! What the sessions of a process hold, as an error at a limit says it.

use std::fmt;

/// What the sessions of this process had locked when a limit was reached. The limit is that of the process, so the
/// session that met it may not be the one that fills it.
///
/// The figures of the sessions are read one after the other and without a lock, so that no call waits. They are not of
/// one moment: a session that begins or ends meanwhile may be missing, or be counted beside the one that follows it.
///
/// Some locked memory is not counted: the [pages that sessions share for their keys](crate::Health::key_pages), that of
/// sessions that are being built, that of sessions that have ended while handles of theirs are left, and what other
/// code has locked.
///
/// ```
/// use memguard::{Error, Limit};
/// fn explain(error: &Error) -> Option<String> {
///     let Error::Limit(Limit::LockedMemory { held, .. }) = error else { return None };
///     let others = held.by_others?;
///     Some(format!("{} bytes are ours, {} are not", held.by_this_session, others.locked_bytes))
/// }
/// # assert_eq!(explain(&Error::Frozen), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// How many bytes the session that met the limit had locked.
    pub by_this_session: u64,
    /// What the other sessions of the process had locked. `None` on [simulated pages](crate::SessionBuilder), which
    /// have limits of their own.
    pub by_others: Option<OtherSessions>,
}

/// The other sessions of the process, and what they had locked.
///
/// ```
/// assert_eq!(memguard::OtherSessions::default().sessions, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherSessions {
    /// How many there were.
    pub sessions: u64,
    /// How many bytes they had locked, in use or kept for reuse. Before a call that needs new pages fails, they give
    /// back what they keep, except where another thread uses their free pages at that moment.
    pub locked_bytes: u64,
}

/// A part of the sentence that `Display` of a `Limit` writes.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this session has locked {} bytes, ", self.by_this_session)?;
        match self.by_others {
            None => f.write_str("what other sessions have is not known"),
            Some(OtherSessions { sessions: 0, .. }) => f.write_str("there is no other session"),
            Some(OtherSessions { sessions: 1, locked_bytes }) => write!(f, "1 other session {locked_bytes}"),
            Some(OtherSessions { sessions, locked_bytes }) => write!(f, "{sessions} other sessions {locked_bytes}"),
        }
    }
}
