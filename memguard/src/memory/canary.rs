//! The canary: random bytes around secrets. If they change, something wrote out of bounds.

use super::page::backend::{Backend, SystemFault};
use std::fmt;

/// The random bytes that fill the free space around secrets. Each session has one pattern.
pub(crate) struct Canary([u8; 32]);

impl Canary {
    /// None of the bytes is zero. The most common stray byte is a terminating zero, and it must not match by chance.
    pub(super) fn new(backend: &dyn Backend) -> Result<Self, SystemFault> {
        let mut bytes = [0; 32];
        backend.random(&mut bytes)?;
        Ok(Self(bytes.map(|byte| if byte == 0 { 0xA5 } else { byte })))
    }

    /// The byte that belongs at this offset.
    pub(super) fn at(&self, offset: usize) -> u8 {
        self.0[offset % self.0.len()]
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
