//! The pool: keeps wiped slots mapped, locked and guarded, so that creating a buffer needs no system call.
//!
//! A slot is wiped before it enters and verified to be zero when it leaves. Sections under the POOL lock are O(1), allocate
//! nothing large and make no system call; mapping, locking, wiping and verifying happen outside.

use super::counted::{Counted, Footprint};
use super::slot::{Canary, Home, Slot};
use super::{Isolation, MlockPolicy};
use crate::core::Counters;
use crate::memory::page::{Backend, Mapping, SystemFault};
use crate::memory::store::dense::Region;
use crate::memory::store::packed::{Classes, PackedPage};
use crate::memory::store::shelf::{Fate, Shelf};
use crate::sync::{Class, Mutex, MutexGuard, OnDrop, Poisoned, Process, Site, impl_drop};
use crate::{Error, Result};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// Slots of more pages than this are mapped and unmapped each time: they are rare, and their cost is in their bytes.
const LARGEST_POOLED: usize = 16;

/// Keeps the page slots of one session.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(super) backend: Arc<Counted>,
    policy: MlockPolicy,
    counters: Arc<Counters>,
    capacity_pages: usize,
    pub(super) canary: Canary,
    pub(super) classes: Classes,
    conceals: bool,
    free: Mutex<Free>,
    process: Process,
}

#[derive(Debug)]
pub(super) struct Free {
    /// Indexed by the number of pages of the slot, minus one.
    pub(super) by_pages: [Vec<Mapping>; LARGEST_POOLED],
    pub(super) pages: usize,
    closed: bool,
    /// Packed pages, with and without free places.
    pub(super) packed: Shelf<PackedPage>,
    /// Dense regions, with and without free pages.
    pub(super) dense: Shelf<Region>,
}

impl Pool {
    pub(crate) fn new(
        backend: Arc<dyn Backend>,
        policy: MlockPolicy,
        isolation: Isolation,
        capacity_pages: usize,
        counters: Arc<Counters>,
    ) -> Result<Self> {
        let backend = Arc::new(Counted::new(backend));
        let canary = Canary::new(&*backend).map_err(|fault| backend.explain(fault, 0))?;
        let classes = Classes::new(isolation, backend.page_size());
        let packed = Shelf::new(classes.count(), false);
        let dense = Shelf::new(1, true);
        let conceals = isolation == Isolation::Concealed;
        let free = Free { by_pages: Default::default(), pages: 0, closed: false, packed, dense };
        let (free, process) = (Mutex::new(Class::Pool, free), Process::current());
        Ok(Self { backend, policy, counters, capacity_pages, canary, classes, conceals, free, process })
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// A slot for a secret of `len` bytes, all zero.
    pub(crate) fn take(&self, len: usize) -> Result<Slot> {
        match self.classes.of(len) {
            Some(class) if len > 0 => self.take_packed(class, len),
            _ if self.conceals => self.take_concealed(len),
            _ => self.take_pages(len),
        }
    }

    /// Whether secrets are concealed while nobody is inside.
    pub(crate) fn conceals(&self) -> bool {
        self.conceals
    }

    fn take_concealed(&self, len: usize) -> Result<Slot> {
        let mut slot = self.take_pages(len)?;
        match slot.start_concealing() {
            Ok(()) => Ok(slot),
            Err(fault) => {
                self.retire(slot)?;
                Err(self.backend.explain(fault, 0))
            }
        }
    }

    /// A slot with pages of its own, however the session isolates its secrets.
    pub(crate) fn take_pages(&self, len: usize) -> Result<Slot> {
        let mapping = self.take_mapping(self.pages_for(len)?)?;
        let backend: Arc<dyn Backend> = Arc::clone(&self.backend) as _;
        Ok(Slot::on_pages(mapping, len, &self.canary, backend))
    }

    /// A slot for the library's own use, on pages of its own, wiped when it is dropped.
    pub(crate) fn scratch(&self, len: usize) -> Result<Scratch<'_>> {
        Ok(Scratch { slot: Some(self.take_pages(len)?), pool: self })
    }

    /// Checks the canary, wipes the slot and keeps it for reuse.
    ///
    /// # Errors
    /// [`Error::Corrupted`] if the canary was overwritten. The bytes are wiped all the same, and the page is withdrawn.
    pub(crate) fn retire(&self, mut slot: Slot) -> Result<()> {
        let open = slot.open();
        // Nobody can have overwritten what stays concealed, and nobody can look at it either.
        let intact = (!open && slot.is_concealed()) || slot.canary_intact(&self.canary);
        if open {
            slot.wipe();
        } else {
            // Unmapped below: the kernel clears the pages before anybody else sees them.
            self.counters.unwiped_slots.bump();
            log::error!("a slot could not be wiped before it was unmapped: mprotect was refused twice");
        }
        match slot.into_home() {
            Some(Home::Pages(mapping)) if open && intact => self.keep(mapping),
            Some(Home::Pages(mapping)) => self.unmap(mapping),
            Some(Home::Packed(place, _)) => self.put_packed(place, if intact { Fate::Reuse } else { Fate::Withdraw }),
            None => {}
        }
        if intact {
            Ok(())
        } else {
            self.counters.corrupted_buffers.bump();
            log::error!("the canary of a buffer was overwritten: something writes out of bounds");
            Err(Error::Corrupted)
        }
    }

    pub(crate) fn footprint(&self) -> Footprint {
        self.backend.footprint()
    }

    /// Gives all free slots back to the system, and from now on every slot as it is retired.
    pub(crate) fn close(&self) {
        self.trim(true);
    }

    fn pages_for(&self, len: usize) -> Result<usize> {
        let max = isize::MAX as usize - 4 * self.backend.page_size();
        match len {
            0 => Err(Error::EmptyLength),
            _ if len > max => Err(Error::TooLong { len, max }),
            _ => Ok(len.div_ceil(self.backend.page_size())),
        }
    }

    /// Zeroed pages, from the pool or new.
    pub(super) fn take_mapping(&self, pages: usize) -> Result<Mapping> {
        match self.take_free(pages) {
            Some(mapping) => Ok(mapping),
            None if pages == 1 && self.add_region() => self.take_mapping(pages),
            None => self.map(pages),
        }
    }

    fn take_free(&self, pages: usize) -> Option<Mapping> {
        loop {
            let mapping = {
                let mut free = self.free(Site::PoolTake);
                match free.by_pages.get_mut(pages - 1)?.pop() {
                    Some(mapping) => {
                        free.pages -= pages;
                        mapping
                    }
                    None if pages == 1 => self.cell(free.dense.take(0)?),
                    None => return None,
                }
            };
            if let Some(clean) = self.verified(mapping) {
                return Some(clean);
            }
        }
    }

    /// The mapping, if all its bytes are zero; else it is wiped, withdrawn and counted.
    pub(super) fn verified(&self, mapping: Mapping) -> Option<Mapping> {
        // SAFETY: a free mapping is mapped, readable and writable, and belongs to whoever took it out of the pool: us.
        let bytes = unsafe { std::slice::from_raw_parts_mut(mapping.base.as_ptr(), mapping.len) };
        if all_zero(bytes) {
            return Some(mapping);
        }
        self.found_dirty(bytes);
        self.unmap(mapping);
        None
    }

    /// Free memory was not zero.
    pub(super) fn found_dirty(&self, bytes: &mut [u8]) {
        self.backend.wipe(bytes);
        self.counters.dirty_slots.bump();
        log::error!("a slot in the pool was not zero: a wipe was missed, or something writes to freed memory");
    }

    /// New pages. At a limit the free slots of this session are given back first, and it is tried once more.
    fn map(&self, pages: usize) -> Result<Mapping> {
        let wanted = pages.saturating_mul(self.backend.page_size());
        let explain = |fault| self.backend.explain(fault, wanted);
        match self.map_locked(pages).map_err(explain) {
            Err(Error::Limit(_)) if self.trim(false) > 0 => self.map_locked(pages).map_err(explain),
            result => result,
        }
        .map_err(|error| self.counted(error))
    }

    /// What the caller is told when the system refuses a change of pages there are.
    pub(crate) fn refused(&self, fault: SystemFault) -> Error {
        self.counted(self.backend.explain(fault, 0))
    }

    fn counted(&self, error: Error) -> Error {
        if matches!(error, Error::Limit(_)) {
            self.counters.limits_reached.bump();
        }
        error
    }

    fn map_locked(&self, pages: usize) -> Result<Mapping, SystemFault> {
        let mut mapping = self.backend.map(pages)?;
        if let Err(fault) = self.backend.wipe_on_fork(&mapping) {
            self.counters.inheritable_pages.add(pages as u64);
            log::warn!(
                "{pages} pages are not wiped in child processes: {} failed with error {}",
                fault.call,
                fault.errno
            );
        }
        match (self.backend.lock(&mut mapping), self.policy) {
            (Ok(()), _) => Ok(mapping),
            (Err(fault), MlockPolicy::Prefer) => {
                self.counters.unlocked_pages.add(pages as u64);
                log::warn!("{pages} pages could not be locked into RAM (error {}) and may be swapped out", fault.errno);
                Ok(mapping)
            }
            (Err(fault), MlockPolicy::Require) => {
                self.unmap(mapping);
                Err(fault)
            }
        }
    }

    /// Keeps wiped pages for reuse, if there is room.
    pub(super) fn keep(&self, mapping: Mapping) {
        if let Some(cell) = mapping.cell {
            return self.put_cell(cell, Fate::Reuse);
        }
        let pages = mapping.len / self.backend.page_size();
        let mut free = self.free(Site::PoolPut);
        let room = !free.closed && free.pages + pages <= self.capacity_pages;
        let list = free.by_pages.get_mut(pages - 1).filter(|_| room);
        match list.and_then(|list| list.try_reserve(1).is_ok().then_some(list)) {
            Some(list) => {
                list.push(mapping);
                free.pages += pages;
            }
            None => {
                drop(free);
                self.unmap(mapping);
            }
        }
    }

    fn trim(&self, close: bool) -> usize {
        let (by_pages, spare) = {
            let mut free = self.free(Site::PoolTrim);
            free.closed |= close;
            free.pages = 0;
            (std::mem::take(&mut free.by_pages), free.dense.take_spare(close))
        };
        let regions = spare.into_iter().map(|spare| self.release_region(spare)).count();
        regions + by_pages.into_iter().flatten().map(|mapping| self.unmap(mapping)).count()
    }

    pub(super) fn unmap(&self, mapping: Mapping) {
        let cell = mapping.cell;
        self.given_back(self.backend.unmap(mapping));
        if let Some(cell) = cell {
            self.put_cell(cell, Fate::Lose);
        }
    }

    pub(super) fn given_back(&self, result: Result<(), SystemFault>) {
        if let Err(fault) = result {
            self.counters.leaked_slots.bump();
            log::error!("a slot could not be unmapped and stays in the footprint: error {}", fault.errno);
        }
    }

    /// The lists hold whole mappings at every point where a panic could unwind, so a poisoned lock is as good as any.
    pub(super) fn free(&self, site: Site) -> MutexGuard<'_, Free> {
        self.free.lock(site).unwrap_or_else(|poisoned: Poisoned<_>| {
            self.counters.recovered(Class::Pool);
            poisoned.into_inner()
        })
    }
}

impl OnDrop for Pool {
    fn on_drop(&mut self) {
        self.trim(true);
    }
}

impl_drop!(Pool);

pub(super) fn all_zero(bytes: &[u8]) -> bool {
    // Blocks without an early exit inside compile to vector code: this runs for every buffer created.
    bytes.chunks(512).all(|block| block.iter().fold(0, |seen, byte| seen | byte) == 0)
}

/// A slot in private use, wiped when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch<'p> {
    slot: Option<Slot>,
    pool: &'p Pool,
}

impl Deref for Scratch<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.slot.as_ref().map_or(&[], Slot::bytes)
    }
}

impl DerefMut for Scratch<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.slot.as_mut().map_or(&mut [], Slot::bytes_mut)
    }
}

impl OnDrop for Scratch<'_> {
    fn on_drop(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        if !self.pool.process.is_current() {
            // Inherited from a parent process, zero here; the pool's lock may be held by a thread that is not here.
            std::mem::forget(slot);
        } else {
            // A corrupted scratch slot is wiped, counted and logged by the pool, and there is nobody else to tell.
            let _ = self.pool.retire(slot);
        }
    }
}

impl_drop!(Scratch<'_>);
