//! Buffers of a session filled by a reader.

use super::Session;
use crate::{Buffer, ReadError, Result};
use std::io::Read;

impl Session {
    /// A frozen buffer of exactly `len` bytes from `reader`: [`Buffer::from_reader`] in this session.
    ///
    /// # Errors
    /// As [`Buffer::from_reader`].
    ///
    /// # Panics
    /// If the reader does. What it has read is wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer_from_reader(&b"secret"[..], 6)?.equals(b"secret")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buffer_from_reader(&self, mut reader: impl Read, len: usize) -> Result<Buffer, ReadError> {
        Buffer::read_exactly(self.core()?, &mut reader, len)
    }

    /// A frozen buffer of what `reader` gives before the first `delimiter`: [`Buffer::from_reader_until`] in this session.
    ///
    /// # Errors
    /// As [`Buffer::from_reader_until`].
    ///
    /// # Panics
    /// If the reader does. What it has read is wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer_from_reader_until(&b"secret\nrest"[..], b'\n')?.equals(b"secret")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buffer_from_reader_until(&self, mut reader: impl Read, delimiter: u8) -> Result<Buffer, ReadError> {
        Buffer::read_until(self.core()?, &mut reader, delimiter)
    }

    /// A frozen buffer of everything that `reader` gives: [`Buffer::from_entire_reader`] in this session.
    ///
    /// # Errors
    /// As [`Buffer::from_entire_reader`].
    ///
    /// # Panics
    /// If the reader does. What it has read is wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer_from_entire_reader(&b"secret"[..])?.equals(b"secret")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buffer_from_entire_reader(&self, mut reader: impl Read) -> Result<Buffer, ReadError> {
        Buffer::read_to_end(self.core()?, &mut reader)
    }
}
