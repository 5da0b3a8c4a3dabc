//! Packed pages: many small secrets on one page.
//!
//! ```text
//!   | guard page | secret c secret c secret c … secret canary | guard page |
//! ```
//!
//! One byte of canary (`c`) lies between two neighbours, more behind the last one, and the slack of a secret shorter
//! than its class is canary too. Canary bytes are never zero, so that a stray terminating zero is seen.

use super::kind::{Borders, Fate, Kind, Piece, Plan, Supply, Want};
use super::shelf::{Divided, Shelf, Unit};
use crate::memory::error::MemoryError;
use crate::memory::page::backend::{Access, Span};
use crate::memory::policy::Isolation;
use crate::memory::system::System;

/// Places on pages that many secrets share.
#[derive(Debug)]
pub(in crate::memory) struct Packed {
    /// The length of a place of each class, ascending. Empty in a session that does not pack.
    sizes: Vec<usize>,
}

/// One page of places of one size.
#[derive(Debug)]
pub(in crate::memory) struct PackedPage {
    page: Piece,
    /// The length of a place.
    size: usize,
    places: u16,
}

impl PackedPage {
    /// Lays a zeroed page out: all zero but for the canary.
    fn new(page: Piece, size: usize, system: &System) -> Self {
        let Span { base, len } = page.free.span;
        let places = u16::try_from(len / (size + 1)).unwrap_or(u16::MAX);
        let new = Self { page, size, places };
        let behind = new.offset(places);
        system.begin(new.page.free.span, Access::Write);
        for offset in (size..behind).step_by(new.offset(1)).chain(behind..len) {
            // SAFETY: the page is writable and belongs to the caller alone, and the offset lies inside.
            unsafe { base.add(offset).write(system.canary.at(offset)) };
        }
        new
    }

    /// Where a place starts: behind the places before it and one byte of canary for each of these.
    fn offset(&self, at: u16) -> usize {
        usize::from(at) * (self.size + 1)
    }
}

impl Divided for PackedPage {
    const WITHDRAWN_AS_A_WHOLE: bool = true;

    fn places(&self) -> u16 {
        self.places
    }

    fn span(&self, at: u16) -> Span {
        // SAFETY: the shelf hands out places below `places`, which all lie inside the page.
        let base = unsafe { self.page.free.span.base.add(self.offset(at)) };
        Span { base, len: self.size }
    }

    fn borders(&self, at: u16) -> Borders {
        let offset = self.offset(at);
        let last = at + 1 >= self.places;
        let behind = if last { self.page.free.span.len - offset - self.size } else { 1 };
        Borders { offset: offset as u32, before: u32::from(at > 0), behind: behind as u32 }
    }
}

impl Kind for Packed {
    type List = Shelf<PackedPage>;
    const WHOLE_PAGES: bool = false;
    const ALONE: bool = true;

    fn new(plan: &Plan) -> (Self, Shelf<PackedPage>) {
        let mut sizes = Vec::new();
        if plan.isolation == Isolation::Packed {
            // Four places with their canaries fill a page.
            let largest = plan.page_size / 4 - 1;
            let mut size: usize = 8;
            while size < largest {
                sizes.push(size);
                // Four steps to each doubling: at most a quarter of a place is slack.
                size += ((1 << size.ilog2()) / 4).max(8);
            }
            sizes.push(largest);
        }
        let list = Shelf::new(sizes.len(), plan);
        (Self { sizes }, list)
    }

    fn serves(&self, want: &Want) -> Option<usize> {
        // The smallest class that holds it.
        let class = self.sizes.partition_point(|&size| size < want.len);
        (want.isolation == Isolation::Packed && class < self.sizes.len()).then_some(class)
    }

    fn make(&self, class: usize, supply: &impl Supply) -> Result<Option<Unit<PackedPage>>, MemoryError> {
        let size = self.sizes.get(class).copied().unwrap_or(1);
        let page = PackedPage::new(supply.take_page()?, size, supply.system());
        Ok(Unit::new(class, page).map_err(|unit| self.release(unit, supply)).ok())
    }

    /// Wipes the canary off a page that is no longer in use, and gives the page back.
    fn release(&self, unit: Unit<PackedPage>, supply: &impl Supply) {
        let page = unit.content.page;
        let Span { base, len } = page.free.span;
        supply.system().begin(page.free.span, Access::Write);
        // SAFETY: the page is mapped and writable, its last place was given back, and the shelf gave it up.
        supply.system().wipe(unsafe { std::slice::from_raw_parts_mut(base.as_ptr(), len) });
        supply.put_back(page, if unit.withdrawn { Fate::Withdraw } else { Fate::Reuse });
    }
}
