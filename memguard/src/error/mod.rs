//! The error type. Every variant says what to do about it. None shows a byte of a secret.

mod flat;
#[cfg(feature = "internals")]
mod internals;
mod into_io;
mod names;
mod shared_io;

pub use flat::FlatResult;
pub use names::{Holder, LockName, SiteName};
pub use shared_io::SharedIoError;

use crate::crypto::Cipher;
use crate::memory::{ControlKind, Limit, MemoryError, answer};
use std::time::Duration;

/// What went wrong, and what to do about it.
///
/// `Display` says both. [`source`](std::error::Error::source) is the cause where there is one: the [`Limit`] or the
/// [`io::Error`](std::io::Error). `Display` has its text too, except a reader's own words. So a report that prints the
/// sources as well says it twice. `?` turns an `Error` into an [`io::Error`](std::io::Error) or a
/// `Box<dyn Error + Send + Sync>`.
///
/// Each variant says its cause, whether the same call may succeed later (*retry*), and the remedy. An error leaves its
/// call undone, except where the variant or the call says otherwise.
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
    /// A secret without bytes was asked for: a length of 0, an empty source, a reader at its end, or a delimiter as the
    /// first byte.
    ///
    /// **Retry:** no. **Remedy:** ask for at least one byte. Keep an `Option` where there may be no secret.
    #[error("a secret has at least one byte: ask for a length above 0")]
    EmptyLength,

    /// A length that no address space can hold, or that the cipher cannot seal at once (256 GiB or more).
    ///
    /// **Retry:** no. **Remedy:** ask for at most `max` bytes, or put them into a [`Stream`](crate::Stream), which
    /// seals chunks.
    #[error("{len} bytes cannot be mapped: ask for at most {max}")]
    TooLong {
        /// The length asked for, in bytes.
        len: usize,
        /// The greatest length that can be asked for, in bytes.
        max: usize,
    },

    /// The alignment of a type is greater than a page, in `Secret::new` (feature `zerocopy`).
    ///
    /// **Retry:** no. **Remedy:** a type of smaller alignment.
    #[error("no secret is aligned to {align} bytes, only to at most {max}: use a type of smaller alignment")]
    OverAligned {
        /// The alignment of the type, in bytes.
        align: usize,
        /// The greatest alignment, in bytes.
        max: usize,
    },

    /// A range that does not lie inside the buffer: of a copy or move into it, of a
    /// [`byte_array`](crate::Buffer::byte_array) from its start, or of a secret to [open
    /// into](crate::Enclave::open_into) it. Nothing was read or written.
    ///
    /// **Retry:** no. **Remedy:** a smaller offset or length, or a longer buffer.
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

    /// [`string_slice`](crate::Buffer::string_slice) found bytes that are not UTF-8.
    ///
    /// **Retry:** no. **Remedy:** use the buffer as bytes, with [`with_data`](crate::Buffer::with_data).
    #[error("the first {valid_up_to} bytes are UTF-8 and the next one is not: use the buffer as bytes")]
    NotUtf8 {
        /// How many bytes at the start are valid UTF-8.
        valid_up_to: usize,
    },

    /// The buffer was destroyed: by [`destroy`](crate::Buffer::destroy), by a purge, or by the end of its session. A
    /// call that makes a buffer returns this if a purge came in between. A stream returns it, once, for a chunk that a
    /// purge destroyed while it was open.
    ///
    /// **Retry:** not with this buffer. A call that makes a buffer may be called again, and so may a read of a stream.
    /// **Remedy:** create a new one, from where the secret came from.
    #[error("the buffer was destroyed, by its owner or by a purge, and its bytes are gone: create a new one")]
    Destroyed,

    /// A write to a buffer that is frozen. Those that are made with their contents are frozen from the start.
    ///
    /// **Retry:** after [`melt`](crate::Buffer::melt). **Remedy:** call it, if the buffer is yours to change. Otherwise
    /// change a [copy](crate::Buffer::try_clone), which is frozen too until it is melted.
    #[error("the buffer is frozen: call melt() before writing to it")]
    Frozen,

    /// This thread is inside an access to the same buffer, and the new access conflicts with it: one of the two writes.
    /// No other thread takes part, so waiting would be for ever.
    ///
    /// **Retry:** after the access of this thread has ended. **Remedy:** drop its guard or leave its closure first, or
    /// use the bytes that it has.
    #[error(
        "{site} conflicts with an access to the same buffer that this thread already holds: \
         end that access first, or use its bytes"
    )]
    Reentrant {
        /// The operation that was refused.
        site: SiteName,
    },

    /// Another thread is inside the buffer in a way that excludes this access, and this thread is inside an access to
    /// another buffer. Waiting could close a cycle.
    ///
    /// **Retry:** after the access of this thread to the other buffer has ended. At once it may succeed as well, but
    /// threads that do so in both orders may keep each other out. **Remedy:** enter all buffers at once with
    /// [`with_buffers`](crate::with_buffers), which waits.
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

    /// [`try_read`](crate::Buffer::try_read) or [`try_write`](crate::Buffer::try_write) found another thread inside the
    /// buffer, or a writer that waits for it.
    ///
    /// **Retry:** yes, later. **Remedy:** the call that waits, [`read`](crate::Buffer::read) or
    /// [`write`](crate::Buffer::write).
    #[error("{site} needs {lock}, which is held{}: try again, or use the call that waits", by_whom(.holder))]
    WouldBlock {
        /// The kind of lock.
        lock: LockName,
        /// The operation that was refused.
        site: SiteName,
        /// The last thread that took the lock.
        holder: Option<Holder>,
    },

    /// A lock did not become free within the session's acquire timeout: another thread was inside the buffer
    /// (`ACCESS`), or used the session's key (`COFFER`), which it holds only for a moment unless it gets no processor.
    ///
    /// **Retry:** yes. Nothing was changed. **Remedy:** shorten the access of the `holder`, or build the session with a
    /// longer [`acquire_timeout`](crate::SessionBuilder::acquire_timeout). If the two threads wait for each other with
    /// locks of your own, take those locks before the access.
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

    /// The canary around the data was overwritten: something wrote outside a buffer.
    /// [`destroy`](crate::Buffer::destroy) and [`seal`](crate::Buffer::seal) say so. The memory was wiped and is not
    /// reused. `seal` returns no enclave then.
    ///
    /// **Retry:** no. **Remedy:** find the code of this process that writes out of bounds.
    /// [`verify`](crate::Buffer::verify) looks earlier. Do not trust other memory of the process either.
    #[error(
        "memory around the buffer was overwritten, so the buffer was wiped and its page is not reused: \
         find the code in this process that writes out of bounds"
    )]
    Corrupted,

    /// The sealed bytes did not authenticate, or are of no known format: they were changed, truncated or extended, or
    /// were sealed for other associated data ([`Enclave::new_for`](crate::Enclave::new_for)).
    ///
    /// **Retry:** only with the associated data that they were sealed for. **Remedy:** otherwise discard them. If the
    /// data is right and nobody could have changed the bytes, memory of this process was overwritten.
    #[error(
        "the sealed bytes were changed, or were sealed elsewhere or for other associated data: take them back with the \
         data that they were sealed for, or discard them"
    )]
    Tampered,

    /// The sealed bytes are too short to be an enclave.
    ///
    /// **Retry:** no. **Remedy:** pass all bytes of [`Enclave::sealed`](crate::Enclave::sealed).
    #[error("{len} sealed bytes are too few, an enclave has at least {min}: use all bytes of `Enclave::sealed`")]
    SealedTooShort {
        /// The length given, in bytes.
        len: usize,
        /// The shortest possible length, in bytes.
        min: usize,
    },

    /// The sealed bytes name another cipher than the one of the session, so the session did not seal them.
    ///
    /// **Retry:** no. **Remedy:** use the session that sealed them, while it lives. If they were changed, discard them.
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

    /// The cipher needs AES instructions, on x86 those of AVX too, and this processor has none, or the system does not
    /// tell a program about them. Building the session fails.
    ///
    /// **Retry:** no. **Remedy:** [`Cipher::fastest`](crate::Cipher::fastest), which is never refused, or
    /// [`Cipher::XChaCha20Poly1305`](crate::Cipher::XChaCha20Poly1305).
    #[error(
        "{cipher} needs AES instructions, on x86 with AVX, which this processor lacks or the system does not report: \
         build the session with Cipher::XChaCha20Poly1305, whose time depends on no secret on any processor, or with \
         Cipher::fastest()"
    )]
    CipherUnavailable {
        /// The cipher that was asked for.
        cipher: Cipher,
    },

    /// The key that sealed the enclave is not the one in force. A purge destroyed it, or it belongs to another session
    /// or process. A key that a panic inside the library damaged is destroyed too
    /// ([`keys_lost`](crate::Degraded::keys_lost)).
    ///
    /// **Retry:** no. Nothing can open it any more, unless the session that sealed it still has its key. A stream
    /// returns this once for all that was lost, and then goes on. **Remedy:** seal the secret again, from where it came
    /// from.
    #[error("the key of this enclave was purged, or belongs to another session: seal the secret again")]
    KeyGone,

    /// The handle was made before a `fork` and is used in the child. Its secrets stayed with the parent.
    ///
    /// **Retry:** no. **Remedy:** make a new one in the child. Sessions work there: see
    /// [`manual::fork`](crate::manual::fork).
    #[error("the handle was made before the fork, and its secrets stayed with the parent: make a new one in the child")]
    Forked,

    /// The session was dropped or closed, and its secrets are wiped. Enclaves and streams that outlived it say so when
    /// they need its key or its pages. Its buffers say [`Destroyed`](Self::Destroyed).
    ///
    /// **Retry:** no. **Remedy:** keep the session as long as its handles, for instance in an [`Arc`](std::sync::Arc),
    /// or build a new one and seal the secret again.
    #[error("the session has ended and its secrets are wiped: build a new session")]
    SessionEnded,

    /// A number that is not a signal, or a signal that must not be caught: KILL, STOP, ILL, FPE, SEGV, and those that
    /// the C library keeps for itself. Nothing has changed.
    ///
    /// **Retry:** no. **Remedy:** leave it out.
    #[error("{signal} is not a signal that can be caught: leave it out")]
    Uncatchable {
        /// The number asked for.
        signal: i32,
    },

    /// A limit of the system was reached. Everything created before stays usable. At a limit on locked memory or
    /// mappings, all sessions of the process give back their free pages before a call that needs new pages fails. The
    /// error says [who holds](crate::Held) what is locked.
    ///
    /// **Retry:** once something was freed, or the limit was raised. **Remedy:** see the [`Limit`], which says which
    /// one.
    #[error("{0}")]
    Limit(#[from] Limit),

    /// The system refused a call for a reason that is not a limit: no randomness, no thread, no descriptor, or a filter
    /// that forbids the call. `call` names it.
    ///
    /// **Retry:** if `source` tells of a shortage that may pass (`EAGAIN`, `EMFILE`, `ENFILE`). Otherwise no.
    /// **Remedy:** free what is short, or allow that call to this process.
    #[error("{call} failed: {source}")]
    System {
        /// The call.
        call: &'static str,
        /// The system's answer.
        source: SharedIoError,
    },

    /// A control that the session requires does not work here: the system refuses it, or says yes and does nothing.
    ///
    /// **Retry:** no. **Remedy:** allow the `call` to this process, or build the session with
    /// [`ControlPolicy::Prefer`](crate::ControlPolicy::Prefer) for this [`control`](crate::SessionBuilder::control).
    /// [`preflight`](crate::preflight()) shows all controls before the first secret exists.
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

    /// The bytes of a destroyed buffer are still there: the system refused to make its pages writable, and then to
    /// discard them, and to unmap them where no other secret shares them. No call reaches the buffer any more. A purge
    /// counts it in [`PurgeReport::failed`](crate::PurgeReport::failed) instead.
    ///
    /// **Retry:** no. No later call tries again. **Remedy:** end the process. The kernel clears its pages.
    #[error(
        "the system refused to make the pages of the buffer writable, to discard them and to unmap them, so its bytes \
         are still there: end the process"
    )]
    Unwiped,

    /// The default session was configured after its first use, or a second time. It keeps its configuration.
    ///
    /// **Retry:** no. **Remedy:** call [`build_default`](crate::SessionBuilder::build_default) once, at the start of
    /// `main`, or build a session of your own.
    #[error(
        "the default session exists already: call build_default() once, before the first use of any function that \
         needs it, or build a session of your own with build()"
    )]
    AlreadyConfigured,

    /// The reader that was to fill a buffer failed or ended early.
    ///
    /// `?` makes this of a [`ReadError`](crate::ReadError), and wipes the bytes that were read before. Match on the
    /// `ReadError` to keep them.
    ///
    /// **Retry:** only with a reader that starts again, because `read` bytes were taken from it. **Remedy:** what
    /// `source` says. [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) means that fewer bytes came than were asked
    /// for.
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
