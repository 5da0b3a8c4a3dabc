//! Pages of a secret's own, each slot a mapping between two guard pages.

use super::kind::{Fate, Free, Kind, List, Origin, Plan, Supply, Trim, Want};
use crate::memory::page::backend::Mapping;

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
    by_pages: [Vec<Mapping>; LARGEST_KEPT],
    /// How many pages that is.
    pages: usize,
    /// How many are kept at the most.
    capacity: usize,
}

impl Kind for Pages {
    type List = FreePages;
    const WHOLE_PAGES: bool = true;

    fn new(plan: &Plan) -> (Self, FreePages) {
        let Plan { page_size, capacity_pages: capacity, .. } = *plan;
        (Self, FreePages { page_size, by_pages: Default::default(), pages: 0, capacity })
    }

    fn serves(&self, want: &Want) -> Option<usize> {
        (want.pages <= LARGEST_KEPT).then(|| want.pages - 1)
    }

    fn release(&self, mapping: Mapping, supply: &impl Supply) {
        supply.system().unmap(mapping);
    }
}

impl List for FreePages {
    type Unit = Mapping;
    type Trimmed = std::iter::Flatten<std::array::IntoIter<Vec<Mapping>, LARGEST_KEPT>>;

    fn take(&mut self, class: usize) -> Option<Free> {
        let mapping = self.by_pages.get_mut(class)?.pop()?;
        self.pages -= class + 1;
        Some(mapping.into())
    }

    fn put(&mut self, free: Free, fate: Fate) -> Option<Mapping> {
        let Origin::Mapping(mapping) = free.origin else { return None };
        let pages = mapping.span.len / self.page_size;
        let room = fate == Fate::Reuse && self.pages + pages <= self.capacity;
        if let Some(list) = self.by_pages.get_mut(pages - 1)
            && room
            && list.try_reserve(1).is_ok()
        {
            list.push(mapping);
            self.pages += pages;
            return None;
        }
        Some(mapping)
    }

    fn trim(&mut self, trim: Trim) -> Self::Trimmed {
        if trim == Trim::ForGood {
            self.capacity = 0;
        }
        self.pages = 0;
        std::mem::take(&mut self.by_pages).into_iter().flatten()
    }

    fn units(&self) -> usize {
        1
    }

    fn take_all(&mut self, _: usize) -> Vec<Free> {
        let mut pieces = Vec::new();
        if pieces.try_reserve_exact(self.by_pages.iter().map(Vec::len).sum()).is_ok() {
            self.pages = 0;
            pieces.extend(self.by_pages.iter_mut().flat_map(|list| list.drain(..)).map(Free::from));
        }
        pieces
    }
}
