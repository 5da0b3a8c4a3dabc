//! From an error to an `io::Error`, for `Read`, `Write` and the like.

use super::Error;
use crate::memory::Limit;
use std::io::{self, ErrorKind};

impl Error {
    /// The nearest [`io::ErrorKind`].
    pub(crate) fn io_kind(&self) -> ErrorKind {
        match self {
            Self::EmptyLength
            | Self::TooLong { .. }
            | Self::OverAligned { .. }
            | Self::OutOfRange { .. }
            | Self::Uncatchable { .. } => ErrorKind::InvalidInput,
            Self::NotUtf8 { .. } | Self::Tampered | Self::SealedTooShort { .. } | Self::OtherCipher { .. } => {
                ErrorKind::InvalidData
            }
            Self::CipherUnavailable { .. } => ErrorKind::Unsupported,
            Self::Frozen => ErrorKind::PermissionDenied,
            Self::Reentrant { .. } | Self::WouldDeadlock { .. } => ErrorKind::Deadlock,
            Self::WouldBlock { .. } => ErrorKind::WouldBlock,
            Self::Timeout { .. } => ErrorKind::TimedOut,
            Self::Limit(_) => ErrorKind::OutOfMemory,
            Self::System { source, .. } | Self::Control { source, .. } | Self::Reader { source, .. } => source.kind(),
            Self::AlreadyConfigured => ErrorKind::AlreadyExists,
            Self::Destroyed | Self::Corrupted | Self::Unwiped | Self::KeyGone | Self::Forked | Self::SessionEnded => {
                ErrorKind::Other
            }
        }
    }
}

/// The `io::Error` of the [`Error`] that holds this limit.
impl From<Limit> for io::Error {
    fn from(limit: Limit) -> Self {
        Error::from(limit).into()
    }
}

/// An `io::Error` of the nearest kind, with this error inside.
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
        io::Error::new(error.io_kind(), error)
    }
}
