//! Packed pages: many small secrets on one page.
//!
//! ```text
//!   | guard page | secret c secret c secret c … secret canary | guard page |
//! ```
//!
//! One byte of canary (`c`) lies between two neighbours, more behind the last one, and the slack of a secret shorter
//! than its class is canary too. Canary bytes are never zero, so that a stray terminating zero is seen.

use super::kind::{Borders, Fate, Free, Kind, Origin, Piece, Plan, Serves, Supply, Want};
use super::shelf::{Divided, Emptied, OnWithdrawal, Shelf, Stock};
use crate::memory::canary::Canary;
use crate::memory::error::MemoryError;
use crate::memory::limit::Limit;
use crate::memory::page::backend::{Access, Span};
use crate::memory::policy::Isolation;
use crate::memory::system::System;

/// Places on pages that many secrets share.
#[derive(Debug)]
pub(in crate::memory) struct Packed {
    page_size: usize,
    /// The length of a place of each class, ascending. Empty in a session that does not pack.
    sizes: Vec<usize>,
}

impl Packed {
    /// Where the places of a class lie.
    fn layout(&self, class: usize) -> Layout {
        Layout { page_size: self.page_size, size: self.sizes.get(class).copied().unwrap_or(1) }
    }
}

/// Where places of one size lie on a page.
#[derive(Clone, Copy, Debug)]
struct Layout {
    page_size: usize,
    size: usize,
}

impl Layout {
    fn stride(self) -> usize {
        self.size + 1
    }

    fn places(self) -> u16 {
        u16::try_from(self.page_size / self.stride()).unwrap_or(u16::MAX)
    }

    fn offset(self, at: u16) -> usize {
        usize::from(at) * self.stride()
    }

    /// The bytes of a page that are canary.
    fn canary_offsets(self) -> impl Iterator<Item = usize> {
        let behind = self.offset(self.places());
        (self.size..behind).step_by(self.stride()).chain(behind..self.page_size)
    }

    fn borders(self, at: u16) -> Borders {
        let offset = self.offset(at);
        let last = at + 1 >= self.places();
        let behind = if last { self.page_size - offset - self.size } else { 1 };
        Borders { offset, before: usize::from(at > 0), behind }
    }
}

/// One page of places of one size.
#[derive(Debug)]
pub(in crate::memory) struct PackedPage {
    page: Piece,
    layout: Layout,
}

impl PackedPage {
    /// Lays a zeroed page out: all zero but for the canary.
    fn new(page: Piece, layout: Layout, canary: &Canary, system: &System) -> Self {
        let base = page.free.span.base;
        system.begin(base, Access::Write);
        for offset in layout.canary_offsets() {
            // SAFETY: the page is writable and belongs to the caller alone, and the offset lies inside.
            unsafe { base.add(offset).write(canary.at(offset)) };
        }
        Self { page, layout }
    }
}

impl Divided for PackedPage {
    fn places(&self) -> u16 {
        self.layout.places()
    }

    fn span(&self, at: u16) -> Span {
        // SAFETY: the shelf hands out places below `places`, which all lie inside the page.
        let base = unsafe { self.page.free.span.base.add(self.layout.offset(at)) };
        Span { base, len: self.layout.size }
    }
}

impl Kind for Packed {
    type List = Shelf<PackedPage>;
    const WHOLE_PAGES: bool = false;

    fn new(plan: &Plan) -> Self {
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
        Self { page_size: plan.page_size, sizes }
    }

    fn list(&self) -> Shelf<PackedPage> {
        Shelf::new(self.sizes.len(), OnWithdrawal::LoseUnit)
    }

    fn serves(&self, want: &Want) -> Serves {
        // The smallest class that holds it.
        let class = self.sizes.partition_point(|&size| size < want.len);
        if want.isolation == Isolation::Packed && class < self.sizes.len() { Serves::Alone(class) } else { Serves::No }
    }

    fn borders(&self, class: usize, free: &Free) -> Borders {
        match free.origin {
            Origin::Place(place) => self.layout(class).borders(place.at),
            Origin::Mapping(_) => Borders::default(),
        }
    }

    fn make(&self, class: usize, supply: &impl Supply) -> Result<Option<Stock<PackedPage>>, MemoryError> {
        let page = PackedPage::new(supply.take_page()?, self.layout(class), supply.canary(), supply.system());
        Stock::new(class, page).map(Some).map_err(|unit| {
            self.release(Emptied { unit, withdrawn: false }, supply);
            MemoryError::Limit(Limit::Memory { wanted: self.page_size })
        })
    }

    fn withdraw(&self, free: Free, _: &System) -> Option<Free> {
        Some(free)
    }

    /// Wipes the canary off a page that is no longer in use, and gives the page back.
    fn release(&self, emptied: Emptied<PackedPage>, supply: &impl Supply) {
        let page = emptied.unit.page;
        let Span { base, len } = page.free.span;
        supply.system().begin(base, Access::Write);
        // SAFETY: the page is mapped and writable, its last place was given back, and the shelf gave it up.
        supply.system().wipe(unsafe { std::slice::from_raw_parts_mut(base.as_ptr(), len) });
        supply.put_back(page, if emptied.withdrawn { Fate::Withdraw } else { Fate::Reuse });
    }
}
