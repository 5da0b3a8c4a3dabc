//! The reference model: what must be in a thread's own buffers, enclaves and streams.

use super::content::same;
use memguard::sync::Site;
use memguard::{Buffer, Enclave, Error};
use std::sync::Arc;

/// Random bytes of at least this length are never all zero (once in 2^128 times).
const SURELY_NOT_ZERO: usize = 16;

/// What bytes must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// Exactly these bytes.
    Known(Vec<u8>),
    /// This many random bytes, which the model does not know.
    Random(usize),
    /// This many unknown bytes, because a call that changes them failed half-way.
    Unknown(usize),
}

impl Contents {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Known(bytes) => bytes.len(),
            Self::Random(len) | Self::Unknown(len) => *len,
        }
    }

    pub(super) fn check(&self, seen: &[u8]) -> Result<(), String> {
        if seen.len() != self.len() {
            return Err(format!("{} bytes instead of {}", seen.len(), self.len()));
        }
        match self {
            Self::Known(bytes) => same(seen, |at| bytes[at]),
            Self::Random(len) if *len >= SURELY_NOT_ZERO && seen.iter().all(|&byte| byte == 0) => {
                Err(format!("{len} random bytes are all zero"))
            }
            Self::Random(_) | Self::Unknown(_) => Ok(()),
        }
    }

    /// Checks the part that starts at `from`. `seen` must not reach beyond the end.
    pub(super) fn check_part(&self, from: usize, seen: &[u8]) -> Result<(), String> {
        self.known().map_or(Ok(()), |bytes| same(seen, |at| bytes[from + at]))
    }

    /// The bytes, if they are known.
    pub(super) fn known(&self) -> Option<&[u8]> {
        match self {
            Self::Known(bytes) => Some(bytes),
            Self::Random(_) | Self::Unknown(_) => None,
        }
    }

    /// `source` was written at `offset`, inside the bytes.
    pub(super) fn write(&mut self, offset: usize, source: &[u8]) {
        match self {
            Self::Known(bytes) => bytes[offset..offset + source.len()].copy_from_slice(source),
            Self::Random(len) | Self::Unknown(len) if source.len() == *len => *self = Self::Known(source.to_vec()),
            Self::Random(len) => *self = Self::Unknown(*len),
            Self::Unknown(_) => {}
        }
    }

    /// All of `source` was written at the start.
    pub(super) fn overwrite(&mut self, source: &Self) {
        match source.known() {
            Some(bytes) => self.write(0, bytes),
            None if source.len() == self.len() => *self = source.clone(),
            None => *self = Self::Unknown(self.len()),
        }
    }
}

/// A buffer with what is known about it.
#[derive(Debug)]
pub(super) struct OwnBuffer {
    /// A number in the order in which the actor's buffers were made.
    pub(super) id: u64,
    /// Counted, because accesses keep it while operations run inside.
    pub(super) buffer: Arc<Buffer>,
    pub(super) contents: Contents,
    pub(super) frozen: bool,
    /// It was destroyed, or it was purged and this thread knows. It stays dead.
    pub(super) dead: bool,
    /// How many purges had begun when its secret came into the session. A buffer from an enclave is as old as the
    /// enclave. Every purge that began later must have taken it.
    pub(super) born: u64,
    /// How many reads of it this thread holds.
    pub(super) readers: u32,
    /// Whether this thread holds a write of it.
    pub(super) writer: bool,
}

impl OwnBuffer {
    /// Whether this thread is inside.
    pub(super) fn is_inside(&self) -> bool {
        self.writer || self.readers > 0
    }

    /// Whether it is alive, as far as the model and the library know.
    pub(super) fn is_alive(&self) -> bool {
        !self.dead && self.buffer.is_alive()
    }

    /// The error that every use must return, if the buffer is known to be dead.
    pub(super) fn destroyed(&self) -> Option<Error> {
        self.dead.then_some(Error::Destroyed)
    }

    /// The error that a read at `site` must return.
    pub(super) fn unreadable(&self, site: Site) -> Option<Error> {
        self.destroyed().or(self.writer.then_some(Error::Reentrant { site: site.into() }))
    }

    /// The error that a write at `site` must return.
    pub(super) fn unwritable(&self, site: Site) -> Option<Error> {
        let reentrant = self.is_inside().then_some(Error::Reentrant { site: site.into() });
        self.destroyed().or(reentrant).or(self.frozen.then_some(Error::Frozen))
    }
}

/// An enclave with what is known about it.
#[derive(Debug)]
pub(super) struct OwnEnclave {
    pub(super) enclave: Enclave,
    pub(super) contents: Contents,
    /// Its key was purged and this thread knows. It can never be opened again.
    pub(super) dead: bool,
    /// How many purges had begun when it was sealed. Every later purge must have taken its key.
    pub(super) born: u64,
}

/// A stream with what must be in it.
#[derive(Debug)]
pub(super) struct OwnStream {
    pub(super) stream: memguard::Stream,
    pub(super) chunks: std::collections::VecDeque<Chunk>,
}

/// Bytes of a stream that were sealed together.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The bytes that were not read yet.
    pub(super) rest: Vec<u8>,
    /// Whether the rest is an open buffer. It is one after a part was read. `None` if a fault leaves this unknown.
    pub(super) open: Option<bool>,
    /// It was purged and this thread knows.
    pub(super) dead: bool,
    /// How many purges had begun when it was sealed.
    pub(super) born: u64,
}
