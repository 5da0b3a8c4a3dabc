//! The units of which a stream's bytes are made. Each one says which write it is from, and its place in that write.

use crate::ops::tagged;
use crate::{Guarantee, Violation};

/// The length of a unit in bytes: its name and as many bytes of content.
pub(super) const UNIT: usize = 16;

/// A unit's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) worker: u16,
    /// The number of the write among those of the worker to this stream.
    pub(super) write: u32,
    /// The place in the write.
    pub(super) at: u8,
    /// How many units the write has.
    pub(super) of: u8,
}

impl Unit {
    /// All units of one write.
    pub(super) fn of_write(worker: usize, write: u32, units: usize) -> Vec<Self> {
        let (worker, of) = (worker as u16, units as u8);
        (0..of).map(|at| Self { worker, write, at, of }).collect()
    }

    /// The name as a number. Later units of one worker have greater numbers.
    pub(super) fn id(self) -> u64 {
        u64::from(self.worker) << 48 | u64::from(self.write) << 16 | u64::from(self.at) << 8 | u64::from(self.of)
    }

    fn named(id: u64) -> Self {
        Self { worker: (id >> 48) as u16, write: (id >> 16) as u32, at: (id >> 8) as u8, of: id as u8 }
    }

    /// Whether both are from the same write.
    pub(super) fn is_of_write_of(self, other: Self) -> bool {
        (self.worker, self.write) == (other.worker, other.write)
    }

    /// Whether a write that stays in one piece lets this unit come right behind that one.
    fn follows(self, before: Self) -> bool {
        let starts = self.at == 0 && before.at + 1 == before.of;
        starts || self == Self { at: before.at + 1, ..before }
    }
}

/// The bytes of these units.
pub(super) fn bytes(seed: u64, units: &[Unit]) -> Vec<u8> {
    let mut bytes = vec![0; units.len() * UNIT];
    for (unit, out) in units.iter().zip(bytes.chunks_mut(UNIT)) {
        tagged::write(seed, unit.id(), out);
    }
    bytes
}

/// The units in these bytes. Each must be whole.
pub(super) fn read(seed: u64, bytes: &[u8]) -> Result<Vec<Unit>, Violation> {
    let unit = |bytes: &[u8]| match tagged::check(seed, bytes) {
        Ok(id) => Ok(Unit::named(id)),
        Err(how) => Err(Violation::new(Guarantee::Exact, format!("a unit of a stream: {how}"))),
    };
    bytes.chunks(UNIT).map(unit).collect()
}

/// Checks units between which no other thread took any: each write is in one piece.
pub(super) fn in_one_piece(units: &[Unit]) -> Result<(), Violation> {
    let mut neighbours = units.iter().zip(units.iter().skip(1));
    neighbours.try_for_each(|(before, after)| {
        let seen = || format!("{after:?} came right behind {before:?} out of a stream");
        Violation::unless(after.follows(*before), Guarantee::Exact, seen)
    })
}
