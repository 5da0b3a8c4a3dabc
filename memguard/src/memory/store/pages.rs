//! Pages of a secret's own, each slot a mapping between two guard pages.

use super::kind::{Fate, Free, Kind, List, Origin, Plan, Serves, Supply, Trim, Want};
use crate::memory::error::MemoryError;
use crate::memory::page::backend::Mapping;
use crate::memory::system::System;
use std::convert::Infallible;

/// Slots of more pages than this are mapped and unmapped each time. They are rare, and most of their cost is in their
/// bytes.
const LARGEST_KEPT: usize = 16;

/// A mapping for each secret.
#[derive(Debug)]
pub(in crate::memory) struct Pages {
    page_size: usize,
    capacity: usize,
}

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

impl Pages {
    /// A new mapping as a piece that is in use.
    pub(super) fn in_use(mapping: Mapping) -> Free {
        Free { span: mapping.span, origin: Origin::Mapping(mapping) }
    }
}

impl Kind for Pages {
    type List = FreePages;
    const WHOLE_PAGES: bool = true;

    fn new(plan: &Plan) -> Self {
        Self { page_size: plan.page_size, capacity: plan.capacity_pages }
    }

    fn list(&self) -> FreePages {
        FreePages { page_size: self.page_size, by_pages: Default::default(), pages: 0, capacity: self.capacity }
    }

    fn serves(&self, want: &Want) -> Serves {
        if want.pages <= LARGEST_KEPT { Serves::Among(want.pages - 1) } else { Serves::No }
    }

    /// Nothing is added: the pool maps what no list has.
    fn make(&self, _: usize, _: &impl Supply) -> Result<Option<Infallible>, MemoryError> {
        Ok(None)
    }

    fn withdraw(&self, free: Free, system: &System) -> Option<Free> {
        match free.origin {
            Origin::Mapping(mapping) => system.unmap(mapping),
            Origin::Place(_) => {}
        }
        None
    }

    fn release(&self, mapping: Mapping, supply: &impl Supply) {
        supply.system().unmap(mapping);
    }
}

impl List for FreePages {
    type Stock = Infallible;
    type Unit = Mapping;
    type Trimmed = std::iter::Flatten<std::array::IntoIter<Vec<Mapping>, LARGEST_KEPT>>;

    fn take(&mut self, class: usize) -> Option<Free> {
        let mapping = self.by_pages.get_mut(class)?.pop()?;
        self.pages -= class + 1;
        Some(Pages::in_use(mapping))
    }

    fn add(&mut self, stock: Infallible) -> Result<(), Mapping> {
        match stock {}
    }

    fn put(&mut self, free: Free, fate: Fate) -> Option<Mapping> {
        let Origin::Mapping(mapping) = free.origin else { return None };
        let pages = mapping.span.len / self.page_size;
        let room = fate == Fate::Reuse && self.pages + pages <= self.capacity;
        let list = self.by_pages.get_mut(pages - 1).filter(|_| room);
        match list.and_then(|list| list.try_reserve(1).is_ok().then_some(list)) {
            Some(list) => {
                list.push(mapping);
                self.pages += pages;
                None
            }
            None => Some(mapping),
        }
    }

    fn trim(&mut self, trim: Trim) -> Self::Trimmed {
        if trim == Trim::ForGood {
            self.capacity = 0;
        }
        self.pages = 0;
        std::mem::take(&mut self.by_pages).into_iter().flatten()
    }

    fn start_audit(&mut self, singles: &mut Vec<Free>) -> usize {
        let count = self.by_pages.iter().map(Vec::len).sum();
        if singles.try_reserve(count).is_ok() {
            self.pages = 0;
            singles.extend(self.by_pages.iter_mut().flat_map(|list| list.drain(..)).map(Pages::in_use));
        }
        0
    }
}
