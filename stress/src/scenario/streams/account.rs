//! What a worker has written to a stream and read from it.

use super::unit::Unit;
use crate::{Guarantee, Violation};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One worker's account of one stream.
#[derive(Debug, Default)]
pub(super) struct Account {
    writes: u32,
    pub(super) written: Digest,
    pub(super) read: Digest,
    /// The last unit that this worker has read.
    latest: Option<Unit>,
    /// The last unit of each writer that this worker has read.
    last: BTreeMap<u16, Unit>,
}

impl Account {
    /// The number of a new write.
    pub(super) fn next_write(&mut self) -> u32 {
        self.writes += 1;
        self.writes
    }

    /// Takes in what one call read. What one reader gets is a part of what was written, in the same order. So units of
    /// one writer come in order. Once a unit of another write has come, a write is over.
    pub(super) fn take(&mut self, units: &[Unit]) -> Result<(), Violation> {
        self.read.add(units);
        units.iter().try_for_each(|&unit| {
            let latest = self.latest.replace(unit);
            let Some(before) = self.last.insert(unit.worker, unit) else { return Ok(()) };
            Violation::unless(before.id() < unit.id(), Guarantee::Exact, || {
                format!("{unit:?} came out of a stream after {before:?}")
            })?;
            let is_over = latest.is_some_and(|latest| !latest.is_of_write_of(before));
            Violation::unless(!is_over || !unit.is_of_write_of(before), Guarantee::Exact, || {
                format!("{latest:?} came out of a stream between {before:?} and {unit:?}")
            })
        })
    }

    /// The sums of both accounts.
    pub(super) fn plus(self, other: &Self) -> Self {
        let (written, read) = (self.written.plus(other.written), self.read.plus(other.read));
        Self { written, read, ..self }
    }
}

/// A number of units, and the sum of their hashes. Two digests are equal if the same units went in, in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest {
    units: u64,
    sum: u64,
}

impl Digest {
    pub(super) fn add(&mut self, units: &[Unit]) {
        for unit in units {
            let mut hasher = DefaultHasher::new();
            unit.id().hash(&mut hasher);
            self.units += 1;
            self.sum = self.sum.wrapping_add(hasher.finish());
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { units: self.units + other.units, sum: self.sum.wrapping_add(other.sum) }
    }
}
