//! A buffer as a reader.

use super::{Buffer, ReadGuard};
use crate::sync::Site;
use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// Reads a buffer's bytes from a position that moves on: what [`Buffer::reader`] gives.
///
/// Each call enters the buffer to read and leaves it again, so that others may write in between.
/// [`fill_buf`](BufRead::fill_buf) stays inside until [`consume`](BufRead::consume), a seek or the end of the reader, which
/// keeps it on its thread.
///
/// Nothing is copied but into the slice that the caller gives. Functions that read into a `String` or `Vec`, as
/// `read_to_end` and `lines` do, copy the secret to the heap.
///
/// # Errors
/// As [`Buffer::read`], converted to [`io::Error`]: the [`memguard::Error`](crate::Error) is inside
/// ([`get_ref`](io::Error::get_ref), [`downcast`](io::Error::downcast)).
///
/// ```
/// use std::io::{BufRead, Read, Seek, SeekFrom};
/// let buffer = memguard::Buffer::from_bytes(&mut b"user:password".to_vec())?;
/// let mut reader = buffer.reader();
/// reader.skip_until(b':')?;
/// assert_eq!(reader.fill_buf()?, b"password");
///
/// let mut first = [0; 4];
/// reader.seek(SeekFrom::Start(0))?;
/// reader.read_exact(&mut first)?;
/// assert_eq!(&first, b"user");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reader<'b> {
    buffer: &'b Buffer,
    /// The next byte. May lie behind the end, where there is nothing to read.
    position: u64,
    /// The access between `fill_buf` and `consume`.
    inside: Option<ReadGuard<'b>>,
}

impl Buffer {
    /// A reader of the bytes, from the start. Any number of them can read at a time.
    ///
    /// ```
    /// use std::io::Read;
    /// let buffer = memguard::Buffer::from_bytes(&mut [1, 2, 3])?;
    /// let mut two = [0; 2];
    /// buffer.reader().read_exact(&mut two)?;
    /// assert_eq!(two, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reader(&self) -> Reader<'_> {
        Reader { buffer: self, position: 0, inside: None }
    }
}

/// What of `bytes` lies at or behind `position`.
fn from(position: u64, bytes: &[u8]) -> &[u8] {
    usize::try_from(position).ok().and_then(|start| bytes.get(start..)).unwrap_or_default()
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Reader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let inside = match self.inside.take() {
            Some(inside) => inside,
            None => self.buffer.enter_to_read(Site::BufferRead)?,
        };
        // At the end there is nothing that the caller would consume, so nothing would end the access.
        if from(self.position, &inside).is_empty() {
            return Ok(&[]);
        }
        Ok(from(self.position, self.inside.insert(inside)))
    }

    fn consume(&mut self, read: usize) {
        self.inside = None;
        self.position = self.position.saturating_add(read as u64);
    }
}

impl Seek for Reader<'_> {
    /// Moves to another position, which may lie behind the end. [`InvalidInput`](io::ErrorKind::InvalidInput) before the start.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inside = None;
        let target = match to {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => (self.buffer.enter_to_read(Site::BufferRead)?.len() as u64).checked_add_signed(by),
        };
        let before_the_start =
            || io::Error::new(io::ErrorKind::InvalidInput, "a position before the start of the buffer");
        self.position = target.ok_or_else(before_the_start)?;
        Ok(self.position)
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("position", &self.position).finish_non_exhaustive()
    }
}
