//! A look into everything that is free.

use super::pool::{Pool, all_zero};
use crate::memory::store::shelf::{Divided, Emptied, Fate, Place, Shelf};
use crate::sync::Site;
use std::ptr::NonNull;

/// What a look into every free slot found.
///
/// ```
/// let session = memguard::Session::new()?;
/// drop(session.buffer_from_bytes(&mut [7; 32])?);
/// let audit = session.audit();
/// assert!(audit.free_slots > 0);
/// assert_eq!(audit.dirty_slots, 0);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// Free slots looked at.
    pub free_slots: u64,
    /// Free places on packed pages looked at.
    pub free_places: u64,
    /// Of both, those with a byte that is not zero. Anything but 0 is a fault of this library, or of code that writes to freed
    /// memory; they were wiped and withdrawn.
    pub dirty_slots: u64,
}

impl Pool {
    /// Looks at every byte of every free slot and place.
    pub(crate) fn audit(&self) -> Audit {
        // Units that are added after this moment are not looked at.
        let (by_pages, packed_pages, regions) = {
            let mut free = self.free(Site::PoolAudit);
            free.pages = 0;
            (std::mem::take(&mut free.by_pages), free.packed.bound(), free.dense.bound())
        };
        let mut audit = Audit::default();
        for mapping in by_pages.into_iter().flatten() {
            audit.free_slots += 1;
            match self.verified(mapping) {
                Some(mapping) => self.keep(mapping),
                None => audit.dirty_slots += 1,
            }
        }
        let (places, dirty) =
            self.audit_shelf(packed_pages, |free| &mut free.packed, Fate::Withdraw, Self::release_packed);
        audit.free_places += places;
        audit.dirty_slots += dirty;
        let (cells, dirty) = self.audit_shelf(regions, |free| &mut free.dense, Fate::Lose, Self::release_region);
        audit.free_slots += cells;
        audit.dirty_slots += dirty;
        audit
    }

    /// Looks through a shelf, unit by unit, and returns how many places were free and how many of these dirty. POOL is held to
    /// list a unit's free places, and again when they have been looked at.
    fn audit_shelf<U: Divided>(
        &self,
        units: usize,
        shelf: impl Fn(&mut super::pool::Free) -> &mut Shelf<U>,
        fate: Fate,
        release: impl Fn(&Self, Emptied<U>),
    ) -> (u64, u64) {
        let (mut seen, mut found) = (0, 0);
        let mut places: Vec<(Place, NonNull<u8>, usize)> = Vec::new();
        for unit in 0..units {
            places.clear();
            shelf(&mut self.free(Site::PoolAudit)).look(unit, &mut places);
            if places.is_empty() {
                continue;
            }
            seen += places.len() as u64;
            let mut dirty = Vec::new();
            for &(place, start, len) in &places {
                // SAFETY: a free place is mapped, readable and writable, and while its unit is looked at nobody takes it.
                let bytes = unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), len) };
                if !all_zero(bytes) {
                    self.found_dirty(bytes);
                    dirty.push(place);
                }
            }
            found += dirty.len() as u64;
            let emptied = shelf(&mut self.free(Site::PoolAudit)).end_look(unit, &dirty, fate);
            if let Some(emptied) = emptied {
                release(self, emptied);
            }
        }
        (seen, found)
    }
}
