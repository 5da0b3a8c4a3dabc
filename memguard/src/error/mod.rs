//! The error type. Every variant says what to do about it. None shows a byte of a secret.

#[cfg(feature = "internals")]
mod internals;
mod into_io;
mod names;
mod shared_io;

pub use names::{Holder, LockName, SiteName};
pub use shared_io::SharedIoError;

use crate::crypto::Cipher;
use crate::memory::{ControlKind, Limit, MemoryError, answer};
use std::time::Duration;

/// What went wrong, and what to do about it.
///
/// `Display` says both. [`source`](std::error::Error::source) is the cause where there is one: the [`Limit`] or the
/// [`io::Error`](std::io::Error). `?` turns an `Error` into an [`io::Error`](std::io::Error) or a
/// `Box<dyn Error + Send + Sync>`.
///
/// New variants may appear in any release. The fields of a variant are final: where more must be said, a new variant
/// says it.
///
/// ```
/// use memguard::{Buffer, Error};
/// assert!(matches!(Buffer::new(0), Err(Error::EmptyLength)));
///
/// fn key_file(path: &str) -> std::io::Result<Buffer> {
///     let file = std::fs::File::open(path)?;
///     Ok(Buffer::from_entire_reader(file)?)
/// }
/// assert_eq!(key_file("/nowhere").unwrap_err().kind(), std::io::ErrorKind::NotFound);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A secret without bytes was asked for.
    #[error("a secret has at least one byte: ask for a length above 0")]
    EmptyLength,

    /// A length that no address space can hold.
    #[error("{len} bytes cannot be mapped: ask for at most {max}")]
    TooLong {
        /// The length asked for, in bytes.
        len: usize,
        /// The greatest length that can be asked for, in bytes.
        max: usize,
    },

    /// A range that does not lie inside the buffer. Nothing was read or written.
    #[error(
        "{len} bytes at offset {offset} do not lie inside a buffer of {buffer_len} bytes: \
         use a smaller offset or length; nothing was changed"
    )]
    OutOfRange {
        /// Where the range starts, in bytes.
        offset: usize,
        /// How long it is, in bytes.
        len: usize,
        /// How long the buffer is, in bytes.
        buffer_len: usize,
    },

    /// The bytes are not UTF-8.
    #[error("the first {valid_up_to} bytes are UTF-8 and the next one is not: use the buffer as bytes")]
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

    /// This thread is inside an access to the same buffer, and the new access conflicts with it.
    #[error(
        "{site} conflicts with an access to the same buffer that this thread already holds: \
         end that access first, or use its bytes"
    )]
    Reentrant {
        /// The operation that was refused.
        site: SiteName,
    },

    /// Another thread is inside the buffer, and this thread is inside an access to another buffer. Waiting could
    /// close a cycle.
    #[error(
        "{site} needs {lock}, which is held{}, and waiting for it inside another access could deadlock: \
         end the outer access and try again, or enter all buffers at once with with_buffers", by_whom(.holder)
    )]
    WouldDeadlock {
        /// The kind of lock.
        lock: LockName,
        /// The operation that was refused.
        site: SiteName,
        /// The last thread that took the lock.
        holder: Option<Holder>,
    },

    /// A `try_` call found another thread inside the buffer.
    #[error("{site} needs {lock}, which is held{}: try again, or use the call that waits", by_whom(.holder))]
    WouldBlock {
        /// The kind of lock.
        lock: LockName,
        /// The operation that was refused.
        site: SiteName,
        /// The last thread that took the lock.
        holder: Option<Holder>,
    },

    /// A lock did not become free within the session's acquire timeout.
    #[error(
        "{site} waited for {lock}, which was held{} for the whole acquire timeout of {timeout:?}: \
         end the access that holds it, or build the session with a longer acquire_timeout", by_whom(.holder)
    )]
    Timeout {
        /// The kind of lock.
        lock: LockName,
        /// The operation that waited.
        site: SiteName,
        /// The last thread that took the lock.
        holder: Option<Holder>,
        /// The timeout that passed.
        timeout: Duration,
    },

    /// The canary around the data was overwritten: something wrote outside a buffer. The memory was wiped and is not
    /// reused.
    #[error(
        "memory around the buffer was overwritten, so the buffer was wiped and its page is not reused: \
         find the code in this process that writes out of bounds"
    )]
    Corrupted,

    /// The sealed bytes did not authenticate: they were changed, truncated, extended, or sealed elsewhere.
    #[error("the sealed bytes were changed, or were sealed elsewhere: discard them")]
    Tampered,

    /// The sealed bytes are too short to be an enclave.
    #[error("{len} sealed bytes are too few, an enclave has at least {min}: use all bytes of `Enclave::sealed`")]
    SealedTooShort {
        /// The length given, in bytes.
        len: usize,
        /// The shortest possible length, in bytes.
        min: usize,
    },

    /// The sealed bytes name another cipher than the one of the session, so the session did not seal them.
    #[error(
        "the sealed bytes name the cipher {sealed}, and this session seals with {session}: \
         use the session that sealed them, or discard them if they were changed"
    )]
    OtherCipher {
        /// The cipher that the sealed bytes name.
        sealed: Cipher,
        /// The cipher of the session.
        session: Cipher,
    },

    /// The cipher needs AES instructions, and this processor has none, or the system does not tell a program about
    /// them.
    #[error(
        "{cipher} needs AES instructions, which this processor does not have or the system does not report: build the \
         session with Cipher::XChaCha20Poly1305, whose time depends on no secret on any processor, or with \
         Cipher::fastest()"
    )]
    CipherUnavailable {
        /// The cipher that was asked for.
        cipher: Cipher,
    },

    /// The key that sealed the enclave was destroyed by a purge, or belongs to another session or process.
    #[error("the key of this enclave was purged, or belongs to another session: seal the secret again")]
    KeyGone,

    /// The handle was made before a `fork` and is used in the child. Its secrets stayed with the parent.
    #[error("the handle was made before the fork, and its secrets stayed with the parent: make a new one in the child")]
    Forked,

    /// The session has ended and its secrets are wiped.
    #[error("the session has ended and its secrets are wiped: build a new session")]
    SessionEnded,

    /// A number that is not a signal, or a signal that must not be caught.
    #[error("{signal} is not a signal that can be caught: leave it out")]
    Uncatchable {
        /// The number asked for.
        signal: i32,
    },

    /// A limit of the system was reached. Everything created before stays usable.
    #[error("{0}")]
    Limit(#[from] Limit),

    /// The system refused a call for a reason that is not a limit.
    #[error("{call} failed: {source}")]
    System {
        /// The call.
        call: &'static str,
        /// The system's answer.
        source: SharedIoError,
    },

    /// A control that the session requires does not work here: the system refuses it, or says yes and does nothing.
    #[error(
        "the session requires the control `{control}`, and it does not work here: {call}: {source}: \
         {}allow that call to this process, run preflight() to see all controls, or build the session without the \
         control: Session::builder().control(ControlKind::{control:?}, ControlPolicy::Prefer)", control.remedy()
    )]
    Control {
        /// The control.
        control: ControlKind,
        /// The call.
        call: &'static str,
        /// The system's answer.
        source: SharedIoError,
    },

    /// The bytes of a destroyed buffer are still there.
    #[error(
        "the system refused to make the pages of the buffer writable, to discard them and to unmap them, so its bytes \
         are still there: end the process"
    )]
    Unwiped,

    /// The default session was configured after its first use, or a second time. It keeps its configuration.
    #[error(
        "the default session exists already: call build_default() once, before the first use of any function that \
         needs it, or build a session of your own with build()"
    )]
    AlreadyConfigured,

    /// The reader that was to fill a buffer failed or ended early.
    ///
    /// `?` makes this of a [`ReadError`](crate::ReadError), and wipes the bytes that were read before. Match on the
    /// `ReadError` to keep them.
    #[error("the reader failed after {read} bytes, which are wiped: {source}")]
    Reader {
        /// How many bytes were read before.
        read: usize,
        /// The reader's error.
        source: SharedIoError,
    },
}

impl Error {
    /// A call that the system refused with this error number.
    pub(crate) fn system(call: &'static str, errno: i32) -> Self {
        Self::System { call, source: answer(errno).into() }
    }
}

impl From<MemoryError> for Error {
    fn from(error: MemoryError) -> Self {
        match error {
            MemoryError::EmptyLength => Self::EmptyLength,
            MemoryError::TooLong { len, max } => Self::TooLong { len, max },
            MemoryError::Limit(limit) => Self::Limit(limit),
            MemoryError::System { call, errno } => Self::system(call, errno),
            MemoryError::Control { control, call, errno } => {
                Self::Control { control, call, source: answer(errno).into() }
            }
            MemoryError::Corrupted => Self::Corrupted,
            MemoryError::Unwiped => Self::Unwiped,
        }
    }
}

/// The result of every fallible call of this crate.
///
/// ```
/// fn both(first: &memguard::Buffer, second: &memguard::Buffer) -> memguard::Result<bool> {
///     memguard::with_buffers(&[first, second], &[], |read, _| read[0] == read[1])
/// }
/// assert!(both(&memguard::Buffer::new(8)?, &memguard::Buffer::new(8)?)?);
/// # Ok::<(), memguard::Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

fn by_whom(holder: &Option<Holder>) -> String {
    holder.map_or_else(|| " by a thread that is not known".to_owned(), |holder| format!(" by {holder}"))
}
