//! The canary: random bytes around secrets. If they change, something wrote out of bounds.

use super::page::backend::{Backend, SystemFault};
use super::wide::{self, BLOCK};
use std::array;
use std::fmt;

/// How often the random bytes repeat.
const PERIOD: usize = 32;

/// The random bytes that fill the free space around secrets. Each session has one pattern. It is kept as a block, so
/// that filling and checking go block by block.
pub(crate) struct Canary([u8; BLOCK]);

impl Canary {
    /// None of the bytes is zero. The most common stray byte is a terminating zero, and it must not match by chance.
    pub(super) fn new(backend: &dyn Backend) -> Result<Self, SystemFault> {
        let mut bytes = [0; PERIOD];
        backend.random(&mut bytes)?;
        let pattern = bytes.map(|byte| if byte == 0 { 0xA5 } else { byte });
        Ok(Self(array::from_fn(|offset| pattern[offset % PERIOD])))
    }

    /// The byte that belongs at this offset.
    pub(super) fn at(&self, offset: usize) -> u8 {
        self.0[offset % BLOCK]
    }

    #[inline]
    pub(super) fn fill(&self, bytes: &mut [u8]) {
        wide::fill(bytes, &self.0);
    }

    /// Not constant-time on purpose: the canary guards against stray writes, not against an attacker.
    #[inline]
    pub(super) fn fills(&self, bytes: &[u8]) -> bool {
        wide::fills(bytes, &self.0)
    }
}

impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canary(..)")
    }
}
