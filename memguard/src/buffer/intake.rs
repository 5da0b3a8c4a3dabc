//! Buffers filled by a reader: straight into locked pages, which grow as it goes on.

use super::{Buffer, ReadCause, ReadError};
use crate::core::Core;
use crate::core::Moment;
use crate::sync::Site;
use crate::{Error, Result, global};
use std::io::{self, Read};
use std::sync::Arc;
use zeroize::Zeroize;

/// What a reader has given so far. In the registry from the start, so that a purge reaches it, and inside an access only
/// while the reader itself runs.
struct Intake {
    core: Arc<Core>,
    /// Before anything was read. A purge since then has taken the bytes, or a copy of them that was given up.
    start: Moment,
    buffer: Buffer,
    filled: usize,
}

impl Buffer {
    /// A frozen buffer of exactly `len` bytes from `reader`, in the default session.
    ///
    /// The reader writes straight into locked pages. It is called inside an access to the new buffer, which nobody else has:
    /// it may call anything in this crate. [`Interrupted`](io::ErrorKind::Interrupted) is tried again. No byte after the last
    /// one is taken from the reader.
    ///
    /// # Errors
    /// [`ReadError`], with the part that was read, if the reader fails, ends
    /// ([`UnexpectedEof`](io::ErrorKind::UnexpectedEof)), or claims to have read more than it was asked for
    /// ([`InvalidData`](io::ErrorKind::InvalidData)). As [`new`](Self::new) otherwise, and [`Error::Destroyed`] if a purge came in
    /// between; there is no part then.
    ///
    /// # Panics
    /// If the reader does. What it has read is wiped.
    ///
    /// ```
    /// use memguard::Buffer;
    /// let mut source = &b"secret and more"[..];
    /// assert!(Buffer::from_reader(&mut source, 6)?.equals(b"secret")?);
    /// assert_eq!(source, b" and more");
    ///
    /// let error = Buffer::from_reader(&b"short"[..], 6).unwrap_err();
    /// assert!(error.part.expect("what was read").equals(b"short")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_reader(reader: impl Read, len: usize) -> Result<Self, ReadError> {
        global::session()?.buffer_from_reader(reader, len)
    }

    /// A frozen buffer of what `reader` gives before the first `delimiter`, which is taken from the reader and left out; in
    /// the default session.
    ///
    /// Reads one byte at a time, so that nothing after the delimiter is taken and nothing is kept outside locked memory.
    /// Otherwise as [`from_reader`](Self::from_reader).
    ///
    /// # Errors
    /// As [`from_reader`](Self::from_reader). The end of the reader before a delimiter is
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof), with the part; a delimiter as the first byte is [`Error::EmptyLength`].
    ///
    /// # Panics
    /// If the reader does. What it has read is wiped.
    ///
    /// ```
    /// use memguard::Buffer;
    /// let mut lines = &b"first\nsecond"[..];
    /// assert!(Buffer::from_reader_until(&mut lines, b'\n')?.equals(b"first")?);
    /// let error = Buffer::from_reader_until(&mut lines, b'\n').unwrap_err();
    /// assert!(error.part.expect("what was read").equals(b"second")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_reader_until(reader: impl Read, delimiter: u8) -> Result<Self, ReadError> {
        global::session()?.buffer_from_reader_until(reader, delimiter)
    }

    /// A frozen buffer of everything that `reader` gives until its end, in the default session.
    ///
    /// Otherwise as [`from_reader`](Self::from_reader).
    ///
    /// # Errors
    /// As [`from_reader`](Self::from_reader). A reader that gives nothing is [`Error::EmptyLength`]. At a limit of locked memory
    /// the part is what fitted.
    ///
    /// # Panics
    /// If the reader does. What it has read is wiped.
    ///
    /// ```
    /// let buffer = memguard::Buffer::from_entire_reader(&b"all of it"[..])?;
    /// assert!(buffer.equals(b"all of it")? && !buffer.is_mutable());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_entire_reader(reader: impl Read) -> Result<Self, ReadError> {
        global::session()?.buffer_from_entire_reader(reader)
    }

    pub(crate) fn read_exactly(core: &Arc<Core>, reader: &mut dyn Read, len: usize) -> Result<Self, ReadError> {
        Intake::read(core, len, |intake| {
            while intake.filled < len {
                if intake.fill(reader, len)? == 0 {
                    return Err(ended());
                }
            }
            Ok(())
        })
    }

    pub(crate) fn read_until(core: &Arc<Core>, reader: &mut dyn Read, delimiter: u8) -> Result<Self, ReadError> {
        Intake::read(core, first_capacity(core), |intake| {
            loop {
                intake.make_room()?;
                if intake.fill(reader, 1)? == 0 {
                    return Err(ended());
                }
                if intake.take_back(delimiter)? {
                    return Ok(());
                }
            }
        })
    }

    pub(crate) fn read_to_end(core: &Arc<Core>, reader: &mut dyn Read) -> Result<Self, ReadError> {
        Intake::read(core, first_capacity(core), |intake| {
            loop {
                intake.make_room()?;
                if intake.fill(reader, usize::MAX)? == 0 {
                    return Ok(());
                }
            }
        })
    }
}

/// A page: no slot is smaller.
fn first_capacity(core: &Core) -> usize {
    core.pool.backend().page_size()
}

fn ended() -> ReadCause {
    ReadCause::Reader(io::ErrorKind::UnexpectedEof.into())
}

impl Intake {
    /// Runs `steps` on a new intake and makes its buffer of what they have read, also if they fail.
    fn read(
        core: &Arc<Core>,
        capacity: usize,
        steps: impl FnOnce(&mut Self) -> Result<(), ReadCause>,
    ) -> Result<Buffer, ReadError> {
        let start = core.registry.moment();
        let buffer = Buffer::create(core, capacity)?;
        let mut intake = Self { core: Arc::clone(core), start, buffer, filled: 0 };
        let result = steps(&mut intake);
        let read = intake.filled;
        match (result, intake.finish()) {
            (Ok(()), Ok(buffer)) => Ok(buffer),
            (Ok(()), Err(error)) => Err(ReadError { part: None, read, cause: error.into() }),
            (Err(cause), part) => Err(ReadError { part: part.ok(), read, cause }),
        }
    }

    /// Lets the reader fill what is free, at most `most` bytes. Returns how many; 0 at its end.
    fn fill(&mut self, reader: &mut dyn Read, most: usize) -> Result<usize, ReadCause> {
        let mut bytes = self.buffer.enter_to_write(Site::BufferFill)?;
        let free = &mut bytes[self.filled..];
        let asked = free.len().min(most);
        let read = loop {
            match reader.read(&mut free[..asked]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(ReadCause::Reader)?,
            }
        };
        if read > asked {
            let lie = "the reader says that it has read more than it was asked for";
            return Err(ReadCause::Reader(io::Error::new(io::ErrorKind::InvalidData, lie)));
        }
        self.filled += read;
        Ok(read)
    }

    /// Takes the last byte back, if it is this one.
    fn take_back(&mut self, delimiter: u8) -> Result<bool> {
        let mut bytes = self.buffer.enter_to_write(Site::BufferFill)?;
        let found = bytes[self.filled - 1] == delimiter;
        if found {
            self.filled -= 1;
            bytes[self.filled] = 0;
        }
        Ok(found)
    }

    /// Twice the space, if there is none left. The old pages are wiped.
    fn make_room(&mut self) -> Result<()> {
        let capacity = self.buffer.node.len();
        if self.filled == capacity {
            let max = isize::MAX as usize;
            let twice = capacity.checked_mul(2).ok_or(Error::TooLong { len: usize::MAX, max })?;
            self.buffer = self.copy(twice)?;
        }
        Ok(())
    }

    /// The buffer of exactly what was read, frozen.
    fn finish(mut self) -> Result<Buffer> {
        if self.filled < self.buffer.node.len() {
            match self.copy(self.filled) {
                Ok(exact) => self.buffer = exact,
                // No room for a copy: what was read is kept where it is.
                Err(Error::Limit(_)) => {
                    self.buffer.enter_to_write(Site::BufferFill)?[self.filled..].zeroize();
                    self.buffer.node.truncate(self.filled);
                }
                Err(error) => return Err(error),
            }
        }
        self.buffer.freeze()?;
        // A purge that came before the last copy was registered took only what it was copied from.
        if self.core.registry.purged_since(&self.start) { Err(Error::Destroyed) } else { Ok(self.buffer) }
    }

    fn copy(&self, len: usize) -> Result<Buffer> {
        let copy = Buffer::create(&self.core, len)?;
        let from = self.buffer.enter_to_read(Site::BufferFill)?;
        copy.enter_to_write(Site::BufferFill)?[..self.filled].copy_from_slice(&from[..self.filled]);
        drop(from);
        Ok(copy)
    }
}
