//! Buffers that a reader fills. Its bytes go straight into locked pages, which grow as needed.

use super::handle::Buffer;
use super::read_error::{ReadCause, ReadError};
use crate::core::{Core, Moment};
use crate::sync::Site;
use crate::{Error, Result, clear};
use std::io::{self, Read};
use std::sync::Arc;
use zeroize::Zeroize;

/// What a reader has given so far. The buffer is in the registry from the start, so a purge reaches it. An access to it
/// is held only while the reader runs.
struct Intake {
    core: Arc<Core>,
    /// The moment before the first read. A purge since then may have reached only an older copy, which is dropped by
    /// now.
    start: Moment,
    buffer: Buffer,
    filled: usize,
}

impl Buffer {
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
        core: &Arc<Core>,
        capacity: usize,
        steps: impl FnOnce(&mut Self) -> Result<(), ReadCause>,
    ) -> Result<Buffer, ReadError> {
        let _door = core.counters.door();
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

    /// Lets the reader fill at most `most` free bytes. Returns how many it has filled; 0 at its end.
    fn fill(&mut self, reader: &mut dyn Read, most: usize) -> Result<usize, ReadCause> {
        let mut bytes = self.buffer.enter_to_write(Site::BufferFill)?;
        let free = &mut bytes[self.filled..];
        let asked = free.len().min(most);
        let read = loop {
            match clear::after_copy(|| reader.read(&mut free[..asked])) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    // Some readers are interrupted for ever.
                    if !self.buffer.is_alive() {
                        return Err(Error::Destroyed.into());
                    }
                }
                other => break other.map_err(ReadCause::Reader)?,
            }
        };
        if read > asked {
            let false_count = "the reader claims to have read more than it was asked for";
            return Err(ReadCause::Reader(io::Error::new(io::ErrorKind::InvalidData, false_count)));
        }
        self.filled += read;
        Ok(read)
    }

    /// Removes the last byte if it is the delimiter, and returns whether it was.
    fn take_back(&mut self, delimiter: u8) -> Result<bool> {
        let mut bytes = self.buffer.enter_to_write(Site::BufferFill)?;
        let found = bytes[self.filled - 1] == delimiter;
        if found {
            self.filled -= 1;
            bytes[self.filled] = 0;
        }
        Ok(found)
    }

    /// Doubles the space if none is left. The old pages are wiped.
    fn make_room(&mut self) -> Result<()> {
        let capacity = self.buffer.node.len();
        if self.filled == capacity {
            let max = isize::MAX as usize;
            let twice = capacity.checked_mul(2).ok_or(Error::TooLong { len: usize::MAX, max })?;
            self.buffer = self.copy(twice)?;
        }
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
        self.buffer.freeze()?;
        // A purge before the last copy was registered destroyed only the buffer that it was copied from.
        if self.core.registry.purged_since(&self.start) { Err(Error::Destroyed) } else { Ok(self.buffer) }
    }

    fn copy(&self, len: usize) -> Result<Buffer> {
        let copy = Buffer::create(&self.core, len)?;
        let from = self.buffer.enter_to_read(Site::BufferFill)?;
        let mut into = copy.enter_to_write(Site::BufferFill)?;
        clear::after_copy(|| into[..self.filled].copy_from_slice(&from[..self.filled]));
        drop(into);
        drop(from);
        Ok(copy)
    }
}
