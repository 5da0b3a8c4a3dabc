//! The reference model: what one thread knows must be in its buffers and enclaves, because it put it there.

use super::content::same;
use memguard::sync::Site;
use memguard::{Buffer, Enclave, Error};
use std::sync::Arc;

/// Random bytes of at least this length are never all zero (once in 2^128).
const SURELY_NOT_ZERO: usize = 16;

/// What bytes must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// Exactly these.
    Known(Vec<u8>),
    /// This many random ones, which nobody can know.
    Random(usize),
    /// This many, of which nothing can be said: a call that was to change them failed half-way.
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

    /// Whether `seen`, which is not longer than what follows there, is what must be at `from`.
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
}

/// A buffer with what is known about it.
#[derive(Debug)]
pub(super) struct OwnBuffer {
    /// The order in which the buffers of one actor were made.
    pub(super) id: u64,
    /// Shared with the accesses to it that this thread is inside.
    pub(super) buffer: Arc<Buffer>,
    pub(super) contents: Contents,
    pub(super) frozen: bool,
    /// It was destroyed, or somebody purged it and this thread knows. It never comes back.
    pub(super) dead: bool,
    /// How many purges had begun when its secret came into the session: what comes out of an enclave is as old as the
    /// enclave. Whichever purge began later must have taken it.
    pub(super) born: u64,
    /// How many reads of it this thread is inside.
    pub(super) readers: u32,
    /// Whether this thread is inside a write of it.
    pub(super) writer: bool,
}

impl OwnBuffer {
    /// Whether this thread is inside.
    pub(super) fn is_inside(&self) -> bool {
        self.writer || self.readers > 0
    }

    /// Whether it is neither destroyed nor purged, as far as anybody knows.
    pub(super) fn is_alive(&self) -> bool {
        !self.dead && self.buffer.is_alive()
    }

    /// The error that every use must give, if the buffer is known to be dead.
    pub(super) fn destroyed(&self) -> Option<Error> {
        self.dead.then_some(Error::Destroyed)
    }

    /// The error that a read, asked for at `site`, must give.
    pub(super) fn unreadable(&self, site: Site) -> Option<Error> {
        self.destroyed().or(self.writer.then_some(Error::Reentrant { site: site.into() }))
    }

    /// The error that a write, asked for at `site`, must give.
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
    /// Somebody purged its key and this thread knows. It can never be opened again.
    pub(super) dead: bool,
    /// How many purges had begun when it was sealed. Whichever began later must have taken its key.
    pub(super) born: u64,
}

/// A stream with what must be in it.
#[derive(Debug)]
pub(super) struct OwnStream {
    pub(super) stream: memguard::Stream,
    pub(super) chunks: std::collections::VecDeque<Chunk>,
}

/// What of a stream was sealed together.
#[derive(Debug)]
pub(super) struct Chunk {
    /// What was not read yet.
    pub(super) rest: Vec<u8>,
    /// Whether the rest lies open, as it does when a part was read. `None` if a fault came where it may have been
    /// opened.
    pub(super) open: Option<bool>,
    /// Somebody purged it and this thread knows.
    pub(super) dead: bool,
    /// How many purges had begun when it was sealed.
    pub(super) born: u64,
}
