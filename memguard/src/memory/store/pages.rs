//! Pages of a secret's own, each slot a mapping between two guard pages.

use super::kind::{Fate, Free, Kind, List, Origin, OwnMapping, Plan, Supply, Trim, Want};
use std::mem;

/// Slots of up to this many pages have a chain for each length.
const LENGTHS: usize = 16;
/// Longer ones share so many chains. Of each, only the slot that was given back last can be taken, and only for a
/// secret of the same number of pages.
const SHARED: usize = 15;
/// The chain of slots that a purge left and that are more than are kept.
const SURPLUS: usize = LENGTHS + SHARED;
const CHAINS: usize = SURPLUS + 1;

/// A mapping for each secret.
#[derive(Debug)]
pub(in crate::memory) struct Pages;

/// Free mappings.
#[derive(Debug)]
pub(in crate::memory) struct FreePages {
    page_size: usize,
    /// See [`chain_of`].
    chains: [Chain; CHAINS],
    /// How many mappings that is.
    mappings: usize,
    /// How many pages, without the surplus.
    pages: usize,
    /// How many are kept at the most.
    capacity: usize,
}

impl Kind for Pages {
    type List = FreePages;
    const WHOLE_PAGES: bool = true;

    fn new(plan: &Plan) -> (Self, FreePages) {
        let Plan { page_size, capacity_pages: capacity, .. } = *plan;
        (Self, FreePages { page_size, chains: Default::default(), mappings: 0, pages: 0, capacity })
    }

    /// The class is the number of pages.
    fn serves(&self, want: &Want) -> Option<usize> {
        Some(want.pages)
    }

    fn release(&self, own: Box<OwnMapping>, supply: &impl Supply) {
        supply.system().unmap(own.mapping);
    }
}

impl List for FreePages {
    type Unit = Box<OwnMapping>;
    type Trimmed = std::iter::Flatten<std::array::IntoIter<Chain, CHAINS>>;
    type Entry = Free;

    fn take(&mut self, pages: usize) -> Option<Free> {
        let len = pages * self.page_size;
        let fits = |first: &OwnMapping| first.mapping.span.len == len;
        if let Some(own) = self.chains[SURPLUS].next_if(fits) {
            self.mappings -= 1;
            return Some(own.into());
        }
        let own = self.chains.get_mut(chain_of(pages))?.next_if(fits)?;
        self.mappings -= 1;
        self.pages -= pages;
        Some(own.into())
    }

    fn put(&mut self, free: Free, fate: Fate) -> Option<Box<OwnMapping>> {
        let Origin::Mapping(own) = free.origin else { return None };
        let len = own.mapping.span.len;
        let pages = len / self.page_size;
        let Some(chain) = self.chains.get_mut(chain_of(pages)) else { return Some(own) };
        // The length that was given back last is the most likely to be wanted again.
        let other = chain.next_if(|first| first.mapping.span.len != len);
        let without_other = self.pages - other.as_ref().map_or(0, |other| other.mapping.span.len / self.page_size);
        if fate != Fate::Withdraw && without_other + pages <= self.capacity {
            chain.push(own);
            self.mappings += usize::from(other.is_none());
            self.pages = without_other + pages;
            return other;
        }
        if let Some(other) = other {
            chain.push(other);
        }
        if fate == Fate::Keep && self.capacity > 0 {
            self.chains[SURPLUS].push(own);
            self.mappings += 1;
            return None;
        }
        Some(own)
    }

    fn trim(&mut self, trim: Trim) -> Self::Trimmed {
        if trim == Trim::Surplus {
            let surplus = mem::take(&mut self.chains[SURPLUS]);
            self.mappings -= surplus.len;
            let mut chains: [Chain; CHAINS] = Default::default();
            chains[SURPLUS] = surplus;
            return chains.into_iter().flatten();
        }
        if trim == Trim::ForGood {
            self.capacity = 0;
        }
        (self.mappings, self.pages) = (0, 0);
        mem::take(&mut self.chains).into_iter().flatten()
    }

    fn take_all(&mut self, unit: usize, room: &mut Vec<Free>) -> Option<Result<(), usize>> {
        if unit > 0 {
            return None;
        }
        if room.capacity() < self.mappings {
            return Some(Err(self.mappings));
        }
        room.extend(self.chains.iter_mut().flatten().map(Free::from));
        (self.mappings, self.pages) = (0, 0);
        Some(Ok(()))
    }
}

/// The number of the chain for slots of so many pages.
fn chain_of(pages: usize) -> usize {
    if pages <= LENGTHS { pages - 1 } else { LENGTHS + pages % SHARED }
}

/// Mappings that are linked to one another.
#[derive(Debug, Default)]
pub(in crate::memory) struct Chain {
    first: Option<Box<OwnMapping>>,
    len: usize,
}

impl Chain {
    fn push(&mut self, mut own: Box<OwnMapping>) {
        own.next = self.first.take();
        self.first = Some(own);
        self.len += 1;
    }

    fn next_if(&mut self, wanted: impl FnOnce(&OwnMapping) -> bool) -> Option<Box<OwnMapping>> {
        if self.first.as_deref().is_some_and(wanted) { self.next() } else { None }
    }
}

impl Iterator for Chain {
    type Item = Box<OwnMapping>;

    fn next(&mut self) -> Option<Box<OwnMapping>> {
        let mut first = self.first.take()?;
        self.first = first.next.take();
        self.len -= 1;
        Some(first)
    }
}

/// Drops one after the other. The drop of a box that drops the next one would take a stack frame for each.
impl Drop for Chain {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}
