//! The canary: random bytes around secrets. If they change, something wrote out of bounds.

use super::page::backend::{Backend, SystemFault};
use std::fmt;

/// How often the pattern repeats.
const PERIOD: usize = 32;

/// The random bytes that fill the free space around secrets. Each session has one pattern.
///
/// It is kept repeated to a whole page, so that filling and checking are one copy and one comparison.
pub(crate) struct Canary(Box<[u8]>);

impl Canary {
    /// None of the bytes is zero. The most common stray byte is a terminating zero, and it must not match by chance.
    pub(super) fn new(backend: &dyn Backend) -> Result<Self, SystemFault> {
        let mut bytes = [0; PERIOD];
        backend.random(&mut bytes)?;
        let pattern = bytes.map(|byte| if byte == 0 { 0xA5 } else { byte });
        // A page is a power of two of at least 64 bytes, so the pattern fits it a whole number of times.
        Ok(Self(pattern.repeat(backend.page_size() / PERIOD).into()))
    }

    /// The byte that belongs at this offset.
    pub(super) fn at(&self, offset: usize) -> u8 {
        self.0[offset % PERIOD]
    }

    pub(super) fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(self.0.len()) {
            chunk.copy_from_slice(&self.0[..chunk.len()]);
        }
    }

    /// Not constant-time on purpose: the canary guards against stray writes, not against an attacker.
    pub(super) fn fills(&self, bytes: &[u8]) -> bool {
        bytes.chunks(self.0.len()).all(|chunk| chunk == &self.0[..chunk.len()])
    }
}

impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canary(..)")
    }
}
