//! The reference model: what one thread knows must be in its buffers and enclaves, because it put it there.

use super::content::same;
use memguard::{Buffer, Enclave};

/// Random bytes of at least this length are never all zero (once in 2^128).
const SURELY_NOT_ZERO: usize = 16;

/// What bytes must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// Exactly these.
    Known(Vec<u8>),
    /// This many random ones, which nobody can know.
    Random(usize),
}

impl Contents {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Known(bytes) => bytes.len(),
            Self::Random(len) => *len,
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
            Self::Random(_) => Ok(()),
        }
    }

    /// `source` was written at `offset`, inside the bytes.
    pub(super) fn write(&mut self, offset: usize, source: &[u8]) {
        match self {
            Self::Known(bytes) => bytes[offset..offset + source.len()].copy_from_slice(source),
            Self::Random(len) if source.len() == *len => *self = Self::Known(source.to_vec()),
            Self::Random(_) => {}
        }
    }
}

/// A buffer with what is known about it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) buffer: Buffer,
    pub(super) contents: Contents,
    pub(super) frozen: bool,
    /// It was destroyed, or somebody purged it and this thread knows. It never comes back.
    pub(super) dead: bool,
    /// How many purges had begun when its secret came into the session: what comes out of an enclave is as old as the
    /// enclave. Whichever purge began later must have taken it.
    pub(super) born: u64,
}

/// An enclave with what is known about it.
#[derive(Debug)]
pub(super) struct Shelved {
    pub(super) enclave: Enclave,
    pub(super) contents: Contents,
    /// Somebody purged its key and this thread knows. It can never be opened again.
    pub(super) dead: bool,
    /// How many purges had begun when it was sealed. Whichever began later must have taken its key.
    pub(super) born: u64,
}
