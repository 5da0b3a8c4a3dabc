//! The pool's packed side: places on pages that many secrets share.

use super::limit::Limit;
use super::pool::{Pool, all_zero};
use super::slot::Slot;
use crate::memory::page::{Access, Backend};
use crate::memory::store::packed::PackedPage;
use crate::memory::store::shelf::{Emptied, Fate, Place};
use crate::sync::Site;
use crate::{Error, Result};
use std::ptr::NonNull;
use std::sync::Arc;

impl Pool {
    /// A slot of this class for `len` bytes, all zero, on a page of others like it.
    pub(super) fn take_packed(&self, class: usize, len: usize) -> Result<Slot> {
        loop {
            let found = self.free(Site::PoolTake).packed.take(class);
            let Some((place, base)) = found else {
                self.add_packed_page(class)?;
                continue;
            };
            let geometry = self.classes.geometry(class, place.at);
            if self.verified_place(place, base, geometry.size) {
                let backend: Arc<dyn Backend> = Arc::clone(&self.backend) as _;
                return Ok(Slot::on_packed((place, base), geometry, len, &self.canary, backend));
            }
        }
    }

    /// Takes a place back, and its page if that was the last one in use.
    pub(super) fn put_packed(&self, place: Place, fate: Fate) {
        let emptied = self.free(Site::PoolPut).packed.put(place, fate);
        if let Some(emptied) = emptied {
            self.release_packed(emptied);
        }
    }

    /// Wipes the canary off a page that nobody uses any more and keeps it for reuse, unless it was withdrawn.
    pub(super) fn release_packed(&self, emptied: Emptied<PackedPage>) {
        let mapping = emptied.unit.mapping;
        self.backend.begin(mapping.base, Access::Write);
        // SAFETY: the page is mapped and writable, its last place was given back, and the shelf gave it up to us.
        self.backend.wipe(unsafe { std::slice::from_raw_parts_mut(mapping.base.as_ptr(), mapping.len) });
        if emptied.withdrawn { self.unmap(mapping) } else { self.keep(mapping) }
    }

    fn add_packed_page(&self, class: usize) -> Result<()> {
        let mapping = self.take_mapping(1)?;
        self.backend.begin(mapping.base, Access::Write);
        let page = self.classes.lay_out(class, mapping, &self.canary);
        let places = page.places();
        let mut free = Vec::new();
        let added = match free.try_reserve_exact(places.into()) {
            Ok(()) => {
                free.extend((0..places).rev());
                self.free(Site::PoolPut).packed.add(class, page, free)
            }
            Err(_) => Err(page),
        };
        added.map_err(|unit| {
            self.release_packed(Emptied { unit, withdrawn: false });
            Error::Limit(Limit::Memory { wanted: self.backend.page_size() })
        })
    }

    /// Whether a place that was just taken is all zero. If not, it is wiped, counted, and its page withdrawn.
    fn verified_place(&self, place: Place, base: NonNull<u8>, size: usize) -> bool {
        // SAFETY: the place is mapped and writable and belongs to whoever took it from the shelf: us.
        let bytes = unsafe { std::slice::from_raw_parts_mut(base.as_ptr(), size) };
        let clean = all_zero(bytes);
        if !clean {
            self.found_dirty(bytes);
            self.put_packed(place, Fate::Withdraw);
        }
        clean
    }
}
