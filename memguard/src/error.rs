//! The one error type. Every variant says what to do about it; none carries a byte of a secret.

use crate::memory::{Limit, MemoryError};
use crate::sync::{Class, Holder, Site};
use std::io;
use std::time::Duration;

/// What went wrong, and what to do about it.
///
/// ```
/// use memguard::{Buffer, Error};
/// assert!(matches!(Buffer::new(0), Err(Error::EmptyLength)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A secret of no bytes was asked for.
    #[error("a secret has at least one byte: ask for a length above 0")]
    EmptyLength,

    /// A length that no address space can hold.
    #[error("{len} bytes cannot be mapped: the most is {max}")]
    TooLong {
        /// The length asked for, in bytes.
        len: usize,
        /// The greatest length that can be asked for, in bytes.
        max: usize,
    },

    /// A range that does not lie inside the buffer. Nothing was read or written.
    #[error("{len} bytes at offset {offset} do not lie inside a buffer of {buffer_len} bytes; nothing was changed")]
    OutOfRange {
        /// Where the range starts, in bytes.
        offset: usize,
        /// How long it is, in bytes.
        len: usize,
        /// How long the buffer is, in bytes.
        buffer_len: usize,
    },

    /// The bytes are not UTF-8.
    #[error("the bytes are text up to byte {valid_up_to} only, then not UTF-8: use them as bytes")]
    NotUtf8 {
        /// How many bytes at the start are valid UTF-8.
        valid_up_to: usize,
    },

    /// The buffer was destroyed, by its owner or by a purge.
    #[error("the buffer was destroyed, by its owner or by a purge, and its bytes are gone: create a new one")]
    Destroyed,

    /// The buffer is frozen.
    #[error("the buffer is frozen: call melt() before writing to it")]
    Frozen,

    /// This thread is inside an access to the same buffer that excludes the one asked for.
    #[error(
        "this thread is already inside an access to the same buffer ({site}): leave it first, or use what it gave you"
    )]
    Reentrant {
        /// Where the second access was asked for.
        site: Site,
    },

    /// Another thread is inside the buffer, and this one is inside an access to another buffer, so that waiting could close a
    /// cycle.
    #[error(
        "{class} is held{} and waiting for it at {site} inside another access could deadlock: \
         leave the outer access, or try again", held_by(.holder)
    )]
    WouldDeadlock {
        /// The kind of lock.
        class: Class,
        /// Where it was asked for.
        site: Site,
        /// The last thread that took it.
        holder: Option<Holder>,
    },

    /// A `try_` call found another thread inside the buffer.
    #[error("{class} is held{} and {site} does not wait: try again, or use the waiting form", held_by(.holder))]
    WouldBlock {
        /// The kind of lock.
        class: Class,
        /// Where it was asked for.
        site: Site,
        /// The last thread that took it.
        holder: Option<Holder>,
    },

    /// A lock did not become free within the session's acquire timeout.
    #[error(
        "{class} was held{} for the whole acquire timeout of {timeout:?}, waited for at {site}: end the access that holds it, \
         or build the session with a longer acquire_timeout", held_by(.holder)
    )]
    Timeout {
        /// The kind of lock.
        class: Class,
        /// Where it was asked for.
        site: Site,
        /// The last thread that took it.
        holder: Option<Holder>,
        /// The timeout that passed.
        timeout: Duration,
    },

    /// The canary around the data was overwritten: something wrote outside a buffer. The memory was wiped and is not reused.
    #[error(
        "memory around the buffer was overwritten: code in this process writes out of bounds; \
         the buffer was wiped and its page withdrawn"
    )]
    Corrupted,

    /// Sealed bytes did not authenticate: they were changed, cut, extended, or sealed elsewhere.
    #[error("the sealed bytes were changed, truncated or extended, or belong to something else: discard them")]
    Tampered,

    /// Sealed bytes too short to be any enclave.
    #[error("{len} bytes cannot be an enclave: the shortest sealed form has {min}")]
    SealedTooShort {
        /// The length given, in bytes.
        len: usize,
        /// The shortest possible length, in bytes.
        min: usize,
    },

    /// The key that sealed the enclave was destroyed by a purge, or belongs to another session or process.
    #[error(
        "the key of this enclave is gone: it was purged, or the enclave was sealed by another session; seal the secret anew"
    )]
    KeyGone,

    /// The handle was inherited through a `fork`: its secrets stayed with the parent.
    #[error("this was made before the process was forked, and its secrets stayed with the parent: make a new one here")]
    Forked,

    /// The session has ended and its secrets are wiped.
    #[error("the session has ended and its secrets are wiped: build a new one")]
    SessionEnded,

    /// A signal that no process can catch, or that is none.
    #[error("{signal} is no signal that can be caught: leave it out")]
    Uncatchable {
        /// The number asked for.
        signal: i32,
    },

    /// A limit of the system was reached. Everything created before stays usable.
    #[error("{0}")]
    Limit(Limit),

    /// The system refused a call for a reason that is not a limit.
    #[error("{call} failed: {reason}", reason = std::io::Error::from_raw_os_error(*.errno))]
    System {
        /// The call.
        call: &'static str,
        /// The system's error number.
        errno: i32,
    },

    /// The default session exists already, so it cannot be configured any more.
    #[error(
        "the default session was used or configured before: call build_default() once, before the first use of memguard, \
         or build a session of your own with build()"
    )]
    AlreadyConfigured,
}

/// The result of everything that can fail here.
///
/// ```
/// fn both(first: &memguard::Buffer, second: &memguard::Buffer) -> memguard::Result<bool> {
///     memguard::with_buffers(&[first, second], &[], |read, _| read[0] == read[1])
/// }
/// assert!(both(&memguard::Buffer::new(8)?, &memguard::Buffer::new(8)?)?);
/// # Ok::<(), memguard::Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// For `Read`, `Write` and the like: the kind that comes nearest, and this error inside.
///
/// ```
/// use memguard::{Buffer, Error};
/// use std::io::{self, Read};
/// let buffer = Buffer::new(3)?;
/// let _ = buffer.destroy()?;
/// let error: io::Error = buffer.reader().read(&mut [0]).unwrap_err();
/// assert_eq!(error.downcast::<Error>()?, Error::Destroyed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::EmptyLength | Error::TooLong { .. } | Error::OutOfRange { .. } | Error::Uncatchable { .. } => {
                io::ErrorKind::InvalidInput
            }
            Error::NotUtf8 { .. } | Error::Tampered | Error::SealedTooShort { .. } => io::ErrorKind::InvalidData,
            Error::Frozen => io::ErrorKind::PermissionDenied,
            Error::Reentrant { .. } | Error::WouldDeadlock { .. } => io::ErrorKind::Deadlock,
            Error::WouldBlock { .. } => io::ErrorKind::WouldBlock,
            Error::Timeout { .. } => io::ErrorKind::TimedOut,
            Error::Limit(_) => io::ErrorKind::OutOfMemory,
            Error::System { errno, .. } => io::Error::from_raw_os_error(*errno).kind(),
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

fn held_by(holder: &Option<Holder>) -> String {
    holder.map(|holder| format!(" (last taken by {holder})")).unwrap_or_default()
}

impl From<MemoryError> for Error {
    fn from(error: MemoryError) -> Self {
        match error {
            MemoryError::EmptyLength => Self::EmptyLength,
            MemoryError::TooLong { len, max } => Self::TooLong { len, max },
            MemoryError::Limit(limit) => Self::Limit(limit),
            MemoryError::System { call, errno } => Self::System { call, errno },
            MemoryError::Corrupted => Self::Corrupted,
        }
    }
}
