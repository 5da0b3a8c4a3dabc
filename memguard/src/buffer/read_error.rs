//! The error when a reader does not fill a buffer: what was read before, and why the reading stopped.

use super::handle::Buffer;
use crate::Error;
use std::{error, fmt, io};

/// A buffer could not be filled from a reader. The error holds what was read before.
///
/// `Display` and `Debug` show no byte of what was read. They show only the kind of the reader's own error, because its
/// text may hold secrets. [`source`](std::error::Error::source) gives the error itself.
///
/// `?` turns a `ReadError` into an [`io::Error`] with the whole `ReadError` inside, or into an [`Error`]. An `Error`
/// cannot hold the part, so the part is wiped.
///
/// ```
/// use memguard::{Buffer, ReadError};
/// use std::io;
/// let ReadError { part, read, .. } = Buffer::from_reader(&b"short"[..], 32).unwrap_err();
/// assert_eq!((part.map(|part| part.len()), read), (Some(5), 5));
///
/// let error = io::Error::from(Buffer::from_reader(&b"short"[..], 32).unwrap_err());
/// assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
/// assert_eq!(error.downcast::<ReadError>()?.read, 5);
/// # Ok::<(), io::Error>(())
/// ```
#[non_exhaustive]
pub struct ReadError {
    /// What was read, frozen. `None` if nothing was read, or a purge took it.
    pub part: Option<Buffer>,
    /// How many bytes were read.
    pub read: usize,
    /// Why the reading stopped.
    pub cause: ReadCause,
}

/// Why a buffer could not be filled from a reader.
///
/// ```
/// use memguard::{Buffer, Error, ReadCause};
/// let failed = Buffer::from_reader(std::io::empty(), 0).unwrap_err();
/// assert!(matches!(failed.cause, ReadCause::Memguard(Error::EmptyLength)));
/// let failed = Buffer::from_reader(&b"short"[..], 8).unwrap_err();
/// assert!(matches!(failed.cause, ReadCause::Reader(error) if error.kind() == std::io::ErrorKind::UnexpectedEof));
/// ```
#[non_exhaustive]
pub enum ReadCause {
    /// The reader failed, or ended early.
    Reader(io::Error),
    /// The buffer could not be made, filled or frozen.
    Memguard(Error),
}

impl ReadCause {
    fn io_kind(&self) -> io::ErrorKind {
        match self {
            Self::Reader(error) => error.kind(),
            Self::Memguard(error) => error.io_kind(),
        }
    }
}

impl From<Error> for ReadCause {
    fn from(error: Error) -> Self {
        Self::Memguard(error)
    }
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        Self { part: None, read: 0, cause: error.into() }
    }
}

/// Keeps the cause. The part is wiped.
///
/// ```
/// use memguard::{Buffer, Error};
/// fn key(reader: impl std::io::Read) -> memguard::Result<Buffer> {
///     Ok(Buffer::from_reader(reader, 32)?)
/// }
/// assert!(matches!(key(&b"short"[..]), Err(Error::Reader { read: 5, .. })));
/// ```
impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error.cause {
            ReadCause::Reader(source) => Self::Reader { read: error.read, source: source.into() },
            ReadCause::Memguard(error) => error,
        }
    }
}

/// The reader's own error, or an `io::Error` with the [`Error`] inside.
impl From<ReadCause> for io::Error {
    fn from(cause: ReadCause) -> Self {
        match cause {
            ReadCause::Reader(error) => error,
            ReadCause::Memguard(error) => error.into(),
        }
    }
}

/// An `io::Error` of the cause's kind, with the whole `ReadError` inside, the part included.
impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        io::Error::new(error.cause.io_kind(), error)
    }
}

impl fmt::Display for ReadCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reader(error) => write!(f, "the reader failed: {}", error.kind()),
            Self::Memguard(error) => write!(f, "the buffer failed: {error}"),
        }
    }
}

impl fmt::Debug for ReadCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reader(error) => f.debug_tuple("Reader").field(&error.kind()).finish(),
            Self::Memguard(error) => f.debug_tuple("Memguard").field(error).finish(),
        }
    }
}

impl error::Error for ReadCause {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Reader(error) => Some(error),
            Self::Memguard(error) => Some(error),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = if self.part.is_some() { "kept" } else { "not kept" };
        write!(f, "{}; the {} bytes read before are {kept}", self.cause, self.read)
    }
}

impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, read, cause } = self;
        f.debug_struct("ReadError").field("part", part).field("read", read).field("cause", cause).finish()
    }
}

/// `Display` includes the cause, so the source is the source of the cause.
impl error::Error for ReadError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.cause.source()
    }
}
