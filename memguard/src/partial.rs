//! Reads that end early and lose nothing: what was read, and why there is no more.

use crate::{Buffer, Error};
use std::io;

/// A read that ended early: what was read until then, and the cause. Carries bytes only inside the buffer.
///
/// ```
/// let stream = memguard::Stream::new()?;
/// stream.move_from(&mut [1, 2, 3])?;
/// memguard::purge();
/// let error = stream.flush().unwrap_err();
/// assert!(error.part.is_none());
/// assert!(matches!(error.cause, memguard::ReadCause::Memguard(memguard::Error::KeyGone)));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the read ended early, after {} bytes", .part.as_ref().map_or(0, Buffer::len))]
pub struct ReadError {
    /// What was read, frozen; `None` if it was nothing.
    pub part: Option<Buffer>,
    /// Why there is no more.
    #[source]
    pub cause: ReadCause,
}

/// Why a read ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadCause {
    /// What the reader answered; [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if it had no more bytes.
    #[error(transparent)]
    Reader(#[from] io::Error),
    /// This library could not go on.
    #[error(transparent)]
    Memguard(#[from] Error),
}

impl ReadError {
    /// Nothing was read.
    pub(crate) fn at_once(cause: impl Into<ReadCause>) -> Self {
        Self { part: None, cause: cause.into() }
    }
}
