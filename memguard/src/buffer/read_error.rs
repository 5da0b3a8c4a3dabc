//! What comes of a reader that did not give all it should: the part, and why.

use super::Buffer;
use crate::Error;
use std::{fmt, io};

/// A buffer could not be filled from a reader. Carries what was read before.
///
/// Neither `Display` nor `Debug` shows a byte of it, and of a reader's own error they show only the kind: the error itself,
/// whose text is the reader's, is the [`source`](std::error::Error::source).
///
/// ```
/// use memguard::{Buffer, ReadError};
/// let ReadError { part, read, .. } = Buffer::from_reader(&b"short"[..], 32).unwrap_err();
/// assert_eq!((part.map(|part| part.len()), read), (Some(5), 5));
/// ```
#[non_exhaustive]
pub struct ReadError {
    /// What was read, frozen. `None` if that is nothing, or a purge took it.
    pub part: Option<Buffer>,
    /// How many bytes were read.
    pub read: usize,
    /// Why it ended.
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
    /// The reader failed, or ended too early.
    Reader(io::Error),
    /// There was no buffer to read into.
    Memguard(Error),
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

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            ReadCause::Reader(error) => Some(error),
            ReadCause::Memguard(error) => Some(error),
        }
    }
}
