//! Dense regions: single pages with guards between them. A region of 1023 pages is one mapping, instead of two mappings
//! for each page.
//!
//! ```text
//!   | guard | page | guard | page | guard | … | page | guard |     one mapping, locked as a whole
//! ```
//!
//! The kernel counts the guards as locked memory. So only a session with many slots uses regions, and only if the
//! process may lock without limit. With fewer slots, the account of locked memory is exact to the page.

use super::kind::{Free, Kind, Plan, Supply, Want};
use super::shelf::{Divided, Shelf, Unit};
use crate::memory::error::MemoryError;
use crate::memory::page::backend::{Mapping, Span};
use crate::memory::system::System;

/// How many slots a session has before it asks for regions. At two mappings for each slot, these use a sixteenth of the
/// usual `vm.max_map_count`.
const AFTER_SLOTS: u64 = 2048;

/// How long a region is at the most, in bytes, with all its guards.
const LENGTH: usize = 8 << 20;

/// Pages of regions.
#[derive(Debug)]
pub(in crate::memory) struct Dense;

/// One region.
#[derive(Debug)]
pub(in crate::memory) struct Region {
    mapping: Mapping,
    page_size: usize,
}

impl Divided for Region {
    const WITHDRAWN_AS_A_WHOLE: bool = false;

    fn places(&self) -> u16 {
        u16::try_from(self.mapping.gaps / self.page_size + 1).unwrap_or(u16::MAX)
    }

    fn span(&self, at: u16) -> Span {
        // SAFETY: the shelf hands out places below `places`, and each lies one page and one guard behind the previous
        // one.
        let base = unsafe { self.mapping.span.base.add(2 * usize::from(at) * self.page_size) };
        Span { base, len: self.page_size }
    }
}

impl Kind for Dense {
    type List = Shelf<Region>;
    const WHOLE_PAGES: bool = true;

    fn new(plan: &Plan) -> (Self, Shelf<Region>) {
        (Self, Shelf::new(1, plan))
    }

    fn serves(&self, want: &Want) -> Option<usize> {
        (want.pages == 1).then_some(0)
    }

    fn make(&self, class: usize, supply: &impl Supply) -> Result<Option<Unit<Region>>, MemoryError> {
        let system = supply.system();
        if system.footprint().slots < AFTER_SLOTS {
            return Ok(None);
        }
        let page_size = system.page_size();
        let pages = (LENGTH / page_size).saturating_sub(1) / 2;
        let Some(mapping) = system.map_spaced(pages) else { return Ok(None) };
        let region = Region { mapping, page_size };
        Ok(Unit::new(class, region).map_err(|unit| self.release(unit, supply)).ok())
    }

    fn withdraw(&self, free: &Free, system: &System) {
        system.withdraw(free.span);
    }

    fn release(&self, unit: Unit<Region>, supply: &impl Supply) {
        supply.system().unmap(unit.content.mapping);
    }
}
