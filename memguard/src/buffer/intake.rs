//! Buffers that a reader fills. Its bytes go straight into locked pages, which grow as needed.

use super::handle::Buffer;
use super::read_error::{ReadCause, ReadError};
use crate::core::{Core, Moment};
use crate::sync::{ShardArc, Site};
use crate::{Error, Result, clear};
use std::io::{self, Read};
use zeroize::Zeroize;

/// What a reader has given so far. The buffer is in the registry from the start, so a purge reaches it. An access to it
/// is held only while the reader runs.
struct Intake {
    core: ShardArc<Core>,
    /// The moment before the first read. A purge since then may have reached only an older copy, which is dropped by
    /// now.
    start: Moment,
    buffer: Buffer,
    filled: usize,
}

impl Buffer {
    pub(crate) fn read_exactly(core: &ShardArc<Core>, reader: &mut dyn Read, len: usize) -> Result<Self, ReadError> {
        Intake::read(core, len, |intake| match intake.fill(reader, None)? {
            Stop::Full | Stop::Delimiter => Ok(()),
            Stop::End => Err(ended()),
        })
    }

    pub(crate) fn read_until(core: &ShardArc<Core>, reader: &mut dyn Read, delimiter: u8) -> Result<Self, ReadError> {
        Intake::read(core, first_capacity(core), |intake| {
            loop {
                match intake.fill(reader, Some(delimiter))? {
                    Stop::Full => intake.make_room()?,
                    Stop::Delimiter => return Ok(()),
                    Stop::End => return Err(ended()),
                }
            }
        })
    }

    pub(crate) fn read_to_end(core: &ShardArc<Core>, reader: &mut dyn Read) -> Result<Self, ReadError> {
        Intake::read(core, first_capacity(core), |intake| {
            loop {
                match intake.fill(reader, None)? {
                    Stop::Full => intake.make_room()?,
                    Stop::Delimiter | Stop::End => return Ok(()),
                }
            }
        })
    }
}

/// Why no more is read for now.
enum Stop {
    /// No space is left.
    Full,
    /// The delimiter came.
    Delimiter,
    /// The reader is at its end.
    End,
}

/// One page, because no slot is smaller.
fn first_capacity(core: &Core) -> usize {
    core.pool.backend().page_size()
}

fn ended() -> ReadCause {
    ReadCause::Reader(io::ErrorKind::UnexpectedEof.into())
}

impl Intake {
    /// Runs `steps` on a new intake. Makes a buffer of what they have read, even if they fail.
    fn read(
        core: &ShardArc<Core>,
        capacity: usize,
        steps: impl FnOnce(&mut Self) -> Result<(), ReadCause>,
    ) -> Result<Buffer, ReadError> {
        let _door = core.door();
        let start = core.registry.moment();
        let buffer = Buffer::create(core, capacity)?;
        let mut intake = Self { core: core.clone(), start, buffer, filled: 0 };
        let result = clear::after_copy(|| steps(&mut intake));
        let read = intake.filled;
        match (result, intake.finish()) {
            (Ok(()), Ok(buffer)) => Ok(buffer),
            (Ok(()), Err(error)) => Err(ReadError { part: None, read, cause: error.into() }),
            (Err(cause), part) => Err(ReadError { part: part.ok(), read, cause }),
        }
    }

    /// Lets the reader fill the free bytes, up to the delimiter, which is removed. One access for all of its reads,
    /// because revealing and concealing pages takes system calls.
    fn fill(&mut self, reader: &mut dyn Read, delimiter: Option<u8>) -> Result<Stop, ReadCause> {
        let mut bytes = self.buffer.enter_to_write(Site::BufferFill)?;
        while self.filled < bytes.len() {
            let free = &mut bytes[self.filled..];
            // What follows a delimiter stays with the reader.
            let asked = if delimiter.is_some() { 1 } else { free.len() };
            let read = read_some(&self.buffer, reader, &mut free[..asked])?;
            if read == 0 {
                return Ok(Stop::End);
            }
            self.filled += read;
            if !self.buffer.is_alive() {
                return Err(Error::Destroyed.into());
            }
            let last = &mut bytes[self.filled - 1];
            if delimiter == Some(*last) {
                *last = 0;
                self.filled -= 1;
                return Ok(Stop::Delimiter);
            }
        }
        Ok(Stop::Full)
    }

    /// Doubles the space. The old pages are wiped.
    fn make_room(&mut self) -> Result<()> {
        let (capacity, max) = (self.buffer.node.len(), isize::MAX as usize);
        let twice = capacity.checked_mul(2).ok_or(Error::TooLong { len: usize::MAX, max })?;
        self.buffer = self.copy(twice)?;
        Ok(())
    }

    /// The frozen buffer of exactly what was read.
    fn finish(mut self) -> Result<Buffer> {
        if self.filled < self.buffer.node.len() {
            match self.copy(self.filled) {
                Ok(exact) => self.buffer = exact,
                // There is no room for a copy, so the bytes stay where they are.
                Err(Error::Limit(_)) => {
                    self.buffer.enter_to_write(Site::BufferFill)?[self.filled..].zeroize();
                    self.buffer.node.truncate(self.filled);
                }
                Err(error) => return Err(error),
            }
        }
        self.buffer.freeze_new(self.core.freezing())?;
        // A purge before the last copy was registered destroyed only the buffer that it was copied from.
        if self.core.registry.purged_since(&self.start) { Err(Error::Destroyed) } else { Ok(self.buffer) }
    }

    fn copy(&self, len: usize) -> Result<Buffer> {
        let copy = Buffer::create(&self.core, len)?;
        let from = self.buffer.enter_to_read(Site::BufferFill)?;
        let mut into = copy.enter_to_write(Site::BufferFill)?;
        clear::copy(&from[..self.filled], &mut into);
        drop(into);
        drop(from);
        Ok(copy)
    }
}

/// One read that is not interrupted. Returns how many bytes it has read; 0 at the end.
fn read_some(buffer: &Buffer, reader: &mut dyn Read, into: &mut [u8]) -> Result<usize, ReadCause> {
    let read = loop {
        match reader.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                // Some readers are interrupted for ever.
                if !buffer.is_alive() {
                    return Err(Error::Destroyed.into());
                }
            }
            other => break other.map_err(ReadCause::Reader)?,
        }
    };
    if read > into.len() {
        let false_count = "the reader claims to have read more than it was asked for";
        return Err(ReadCause::Reader(io::Error::new(io::ErrorKind::InvalidData, false_count)));
    }
    Ok(read)
}

/// Drops what the user gave before a buffer is returned. If that panics, the buffer is dropped too. A value on its way
/// out of a function would be leaked, because the compiler no longer drops it.
pub(crate) fn drop_before<T, R>(users: T, result: R) -> R {
    drop(users);
    result
}
