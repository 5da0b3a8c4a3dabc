//! Reading a buffer through `Read`, `BufRead` and `Seek`.

use super::guard::ReadGuard;
use super::handle::Buffer;
use crate::clear;
use crate::sync::Site;
use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// A reader of a buffer's bytes, made by [`Buffer::reader`].
///
/// Each call enters the buffer to read and leaves it again, so other threads may write in between.
/// [`fill_buf`](BufRead::fill_buf) stays inside until [`consume`](BufRead::consume), a seek, or the drop of the reader.
/// Because of that the reader is `!Send`.
///
/// Bytes are copied only into the slice that the caller gives. Functions that read into a `String` or a `Vec`, such as
/// `read_to_end` and `lines`, copy the secret to the heap.
///
/// # Errors
/// As [`Buffer::read`]. Each error is an [`io::Error`] with the [`memguard::Error`](crate::Error) inside
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
#[must_use = "a reader does nothing until it is read"]
pub struct Reader<'b> {
    buffer: &'b Buffer,
    /// The position of the next byte. It may lie behind the end, where there is nothing to read.
    position: u64,
    /// The access between `fill_buf` and `consume`.
    inside: Option<ReadGuard<'b>>,
}

impl Buffer {
    /// A reader of the bytes, from the start. A buffer can have any number of readers.
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

/// The part of `bytes` that starts at `position`.
fn from(position: u64, bytes: &[u8]) -> &[u8] {
    usize::try_from(position).ok().and_then(|start| bytes.get(start..)).unwrap_or_default()
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.fill_buf()?;
        let read = clear::after_copy(|| bytes.read(into))?;
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
        // At the end the caller has nothing to consume, so no `consume` would end the access.
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
    /// Moves to another position, which may lie behind the end. A position before the start is an error of the kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inside = None;
        let target = match to {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => (self.buffer.enter_to_read(Site::BufferRead)?.len() as u64).checked_add_signed(by),
        };
        let before_the_start =
            || io::Error::new(io::ErrorKind::InvalidInput, "the position is before the start of the buffer");
        self.position = target.ok_or_else(before_the_start)?;
        Ok(self.position)
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("position", &self.position).finish_non_exhaustive()
    }
}
