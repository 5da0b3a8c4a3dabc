//! Pages of a secret's own, each slot a mapping between two guard pages.

use super::kind::{Fate, Free, Kind, List, Origin, OwnMapping, Plan, Supply, Trim, Want};
use std::mem;

/// Slots of more pages than this are mapped and unmapped each time. They are rare, and most of their cost is in their
/// bytes.
const LARGEST_KEPT: usize = 16;

/// A mapping for each secret.
#[derive(Debug)]
pub(in crate::memory) struct Pages;

/// Free mappings.
#[derive(Debug)]
pub(in crate::memory) struct FreePages {
    page_size: usize,
    /// Indexed by the number of pages of the slot, minus one.
    by_pages: [Chain; LARGEST_KEPT],
    /// How many mappings that is.
    mappings: usize,
    /// How many pages.
    pages: usize,
    /// How many are kept at the most.
    capacity: usize,
}

impl Kind for Pages {
    type List = FreePages;
    const WHOLE_PAGES: bool = true;

    fn new(plan: &Plan) -> (Self, FreePages) {
        let Plan { page_size, capacity_pages: capacity, .. } = *plan;
        (Self, FreePages { page_size, by_pages: Default::default(), mappings: 0, pages: 0, capacity })
    }

    fn serves(&self, want: &Want) -> Option<usize> {
        (want.pages <= LARGEST_KEPT).then(|| want.pages - 1)
    }

    fn release(&self, own: Box<OwnMapping>, supply: &impl Supply) {
        supply.system().unmap(own.mapping);
    }
}

impl List for FreePages {
    type Unit = Box<OwnMapping>;
    type Trimmed = std::iter::Flatten<std::array::IntoIter<Chain, LARGEST_KEPT>>;
    type Entry = Free;

    fn take(&mut self, class: usize) -> Option<Free> {
        let own = self.by_pages.get_mut(class)?.next()?;
        self.mappings -= 1;
        self.pages -= class + 1;
        Some(own.into())
    }

    fn put(&mut self, free: Free, fate: Fate) -> Option<Box<OwnMapping>> {
        let Origin::Mapping(own) = free.origin else { return None };
        let pages = own.mapping.span.len / self.page_size;
        match self.by_pages.get_mut(pages - 1) {
            Some(chain) if fate == Fate::Reuse && self.pages + pages <= self.capacity => {
                chain.push(own);
                self.mappings += 1;
                self.pages += pages;
                None
            }
            _ => Some(own),
        }
    }

    fn trim(&mut self, trim: Trim) -> Self::Trimmed {
        if trim == Trim::ForGood {
            self.capacity = 0;
        }
        (self.mappings, self.pages) = (0, 0);
        mem::take(&mut self.by_pages).into_iter().flatten()
    }

    fn take_all(&mut self, unit: usize, room: &mut Vec<Free>) -> Option<Result<(), usize>> {
        if unit > 0 {
            return None;
        }
        if room.capacity() < self.mappings {
            return Some(Err(self.mappings));
        }
        room.extend(self.by_pages.iter_mut().flatten().map(Free::from));
        (self.mappings, self.pages) = (0, 0);
        Some(Ok(()))
    }
}

/// Mappings that are linked to one another.
#[derive(Debug, Default)]
pub(in crate::memory) struct Chain(Option<Box<OwnMapping>>);

impl Chain {
    fn push(&mut self, mut own: Box<OwnMapping>) {
        own.next = self.0.take();
        self.0 = Some(own);
    }
}

impl Iterator for Chain {
    type Item = Box<OwnMapping>;

    fn next(&mut self) -> Option<Box<OwnMapping>> {
        let mut first = self.0.take()?;
        self.0 = first.next.take();
        Some(first)
    }
}

/// Drops one after the other. The drop of a box that drops the next one would take a stack frame for each.
impl Drop for Chain {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}
