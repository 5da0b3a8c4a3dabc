//! Reading a buffer through `Read`, `BufRead` and `Seek`.

use super::guard::ReadGuard;
use super::handle::Buffer;
use crate::sync::Site;
use crate::{Error, clear};
use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

/// A reader of a buffer's bytes, made by [`Buffer::reader`].
///
/// Each call enters the buffer to read and leaves it again, so other threads may write in between.
/// [`fill_buf`](BufRead::fill_buf) stays inside until [`consume`](BufRead::consume), a seek, or the drop of the reader.
/// Because of that the reader is `!Send`.
///
/// Bytes are copied only into the slice that the caller gives. Functions that read into a `String` or a `Vec`, such as
/// `read_to_end` and `lines`, copy the secret to the heap. [`io::copy`] leaves up to 8 KiB of it on the stack;
/// [`write_to`](Self::write_to) leaves nothing.
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
        self.reader_at(0)
    }

    /// A reader from this position on.
    pub(crate) fn reader_at(&self, position: u64) -> Reader<'_> {
        Reader { buffer: self, position, inside: None }
    }
}

impl Reader<'_> {
    /// Writes all bytes from the position on to `writer`, straight from the buffer's pages. Returns how many bytes that
    /// is. It leaves no copy of them. What `writer` does with them is its own affair.
    ///
    /// All of it is one read access, so `writer` gets bytes of one moment. It may call anything in this crate. A panic
    /// in `writer` ends the access as a return does.
    ///
    /// # Errors
    /// As [`Buffer::read`], and the errors of `writer`, except that it is called again after
    /// [`Interrupted`](io::ErrorKind::Interrupted). [`WriteZero`](io::ErrorKind::WriteZero) if it takes no byte.
    /// [`InvalidData`](io::ErrorKind::InvalidData) if it claims to have taken more than it was given.
    /// [`Error::Destroyed`] inside if the buffer is destroyed or purged before all is written. The position is then
    /// behind the last byte that `writer` took.
    ///
    /// ```
    /// let buffer = memguard::Buffer::from_bytes(&mut [1, 2, 3])?;
    /// let copy = memguard::Buffer::new(3)?;
    /// assert_eq!(buffer.reader().write_to(&mut &mut copy.write()?[..])?, 3);
    /// assert!(copy.equals(&[1, 2, 3])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn write_to(&mut self, writer: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        let inside = match self.inside.take() {
            Some(inside) => inside,
            None => self.buffer.enter_to_read(Site::BufferRead)?,
        };
        let start = self.position;
        loop {
            let bytes = from(self.position, &inside);
            if bytes.is_empty() {
                return Ok(self.position - start);
            }
            // Some writers are interrupted for ever.
            if !self.buffer.is_alive() {
                return Err(Error::Destroyed.into());
            }
            self.position += write_some(writer, bytes)? as u64;
        }
    }

    /// The position of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }
}

/// One write. Returns how many bytes `writer` took; 0 if it was interrupted.
fn write_some(writer: &mut (impl Write + ?Sized), bytes: &[u8]) -> io::Result<usize> {
    match clear::after_copy(|| writer.write(bytes)) {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        Ok(written) if written > bytes.len() => {
            let false_count = "the writer claims to have taken more than it was given";
            Err(io::Error::new(io::ErrorKind::InvalidData, false_count))
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        other => other,
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
