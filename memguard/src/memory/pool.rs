//! The pool: keeps wiped slots mapped, locked and guarded, so that creating a buffer needs no system call.
//!
//! A slot is wiped before it enters and verified to be zero when it leaves. Sections under the POOL lock are O(1),
//! allocate nothing large and make no system call. Mapping, locking, wiping and verifying happen outside.

use super::audit::Audit;
use super::canary::Canary;
use super::counters::MemoryCounters;
use super::error::MemoryError;
use super::page::backend::{Backend, SystemFault};
use super::policy::{Isolation, MlockPolicy};
use super::slot::Slot;
use super::store::kind::{Fate, Piece, Plan, Supply, Trim, Want};
use super::store::{Home, Kinds, Lists};
use super::system::{Footprint, System};
use crate::sync::{Class, Mutex, MutexGuard, OnDrop, Poisoned, Process, Site, impl_drop};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

type Result<T, E = MemoryError> = std::result::Result<T, E>;

/// Keeps the page slots of one session.
#[derive(Debug)]
pub(crate) struct Pool {
    system: Arc<System>,
    canary: Canary,
    isolation: Isolation,
    kinds: Kinds,
    free: Mutex<Lists>,
    process: Process,
}

impl Pool {
    pub(crate) fn new(
        backend: Arc<dyn Backend>,
        policy: MlockPolicy,
        isolation: Isolation,
        capacity_pages: usize,
        counters: Arc<MemoryCounters>,
    ) -> Result<Self> {
        let canary = Canary::new(&*backend)?;
        let system = Arc::new(System::new(backend, policy, counters));
        let kinds = Kinds::new(&Plan { page_size: system.page_size(), isolation, capacity_pages });
        let (free, process) = (Mutex::new(Class::Pool, kinds.lists()), Process::current());
        Ok(Self { system, canary, isolation, kinds, free, process })
    }

    /// Where the session's pages come from.
    pub(crate) fn backend(&self) -> &System {
        &self.system
    }

    /// A slot for a secret of `len` bytes, all zero.
    pub(crate) fn take(&self, len: usize) -> Result<Slot> {
        let mut slot = self.slot(len, self.isolation)?;
        if self.conceals()
            && let Err(fault) = slot.start_concealing()
        {
            self.retire(slot)?;
            return Err(self.refused(fault));
        }
        Ok(slot)
    }

    /// Whether secrets are concealed while no thread is inside.
    pub(crate) fn conceals(&self) -> bool {
        self.isolation == Isolation::Concealed
    }

    /// A slot with pages of its own, however the session isolates its secrets.
    pub(crate) fn take_pages(&self, len: usize) -> Result<Slot> {
        self.slot(len, Isolation::Page)
    }

    /// A slot for the library's own use, on pages of its own, wiped when it is dropped.
    pub(crate) fn scratch(&self, len: usize) -> Result<Scratch<'_>> {
        Ok(Scratch { slot: Some(self.take_pages(len)?), pool: self })
    }

    /// Checks the canary, wipes the slot and keeps it for reuse.
    ///
    /// # Errors
    /// [`MemoryError::Corrupted`] if the canary was overwritten. The bytes are wiped in that case too, and the page is
    /// withdrawn.
    pub(crate) fn retire(&self, mut slot: Slot) -> Result<()> {
        let open = slot.open();
        // Pages that stay concealed cannot have been overwritten, and cannot be checked.
        let intact = (!open && slot.is_concealed()) || slot.canary_intact(&self.canary);
        if open {
            slot.wipe();
        } else {
            // The pages are unmapped below. The kernel clears them before another process sees them.
            self.system.note(|counters| &counters.unwiped_slots);
        }
        if let Some(piece) = slot.into_piece() {
            self.put_back(piece, if open && intact { Fate::Reuse } else { Fate::Withdraw });
        }
        if intact {
            return Ok(());
        }
        self.system.note(|counters| &counters.corrupted_buffers);
        Err(MemoryError::Corrupted)
    }

    /// Checks every byte of every free slot and place.
    pub(crate) fn audit(&self) -> Audit {
        self.kinds.audit(self)
    }

    pub(crate) fn footprint(&self) -> Footprint {
        self.system.footprint()
    }

    /// Gives all free slots back to the system. From now on, every retired slot goes back too.
    pub(crate) fn close(&self) {
        self.trim(Trim::ForGood);
    }

    /// The error when the system refuses a change of existing pages.
    pub(crate) fn refused(&self, fault: SystemFault) -> MemoryError {
        self.system.counted(fault.into())
    }

    fn slot(&self, len: usize, isolation: Isolation) -> Result<Slot> {
        let max = isize::MAX as usize - 4 * self.system.page_size();
        let want = match len {
            0 => return Err(MemoryError::EmptyLength),
            _ if len > max => return Err(MemoryError::TooLong { len, max }),
            _ => Want { len, pages: len.div_ceil(self.system.page_size()), isolation },
        };
        Ok(Slot::new(self.piece(&want)?, len, &self.canary, Arc::clone(&self.system)))
    }

    /// A zeroed piece, from a list or new.
    fn piece(&self, want: &Want) -> Result<Piece> {
        loop {
            let found = self.kinds.take(&mut self.lists(Site::PoolTake), want);
            match found {
                Some(piece) => {
                    // SAFETY: a free piece is mapped, readable and writable, and belongs to the code that took it: this
                    // function.
                    if unsafe { self.system.is_clean(piece.free.span) } {
                        return Ok(piece);
                    }
                    self.put_back(piece, Fate::Withdraw);
                }
                None if self.kinds.grow(self, want)? => {}
                None => return self.map(want.pages),
            }
        }
    }

    /// New pages. At a limit, gives back the free slots of this session and tries once more.
    fn map(&self, pages: usize) -> Result<Piece> {
        let mapped = match self.try_map(pages) {
            Err(MemoryError::Limit(_)) if self.trim(Trim::AtALimit) > 0 => self.try_map(pages),
            result => result,
        };
        mapped.map_err(|error| self.system.counted(error))
    }

    fn try_map(&self, pages: usize) -> Result<Piece> {
        let wanted = pages.saturating_mul(self.system.page_size());
        let mapping = self.system.map(pages).map_err(|fault| MemoryError::of(fault, wanted))?;
        Ok(self.kinds.mapped(mapping))
    }

    fn trim(&self, trim: Trim) -> usize {
        let trimmed = self.kinds.trim(&mut self.lists(Site::PoolTrim), trim);
        self.kinds.release(self, trimmed)
    }
}

impl Supply for Pool {
    fn system(&self) -> &System {
        &self.system
    }

    fn canary(&self) -> &Canary {
        &self.canary
    }

    fn take_page(&self) -> Result<Piece> {
        self.piece(&Want { len: self.system.page_size(), pages: 1, isolation: Isolation::Page })
    }

    fn put_back(&self, piece: Piece, fate: Fate) {
        self.kinds.put_back(self, piece, fate);
    }
}

impl Home for Pool {
    /// The lists are valid at every point where a panic could unwind, so the mark of a poisoned lock is ignored.
    fn lists(&self, site: Site) -> MutexGuard<'_, Lists> {
        self.free.lock(site).unwrap_or_else(|poisoned: Poisoned<_>| {
            self.system.note(|counters| &counters.poison_recoveries);
            poisoned.into_inner()
        })
    }
}

impl OnDrop for Pool {
    fn on_drop(&mut self) {
        self.trim(Trim::ForGood);
    }
}

impl_drop!(Pool);

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
            // The slot was inherited from a parent process and is zero here. The pool's lock may be held by a thread
            // that does not exist here.
            std::mem::forget(slot);
        } else {
            // The pool wipes and counts a corrupted scratch slot. A drop cannot return the error.
            let _ = self.pool.retire(slot);
        }
    }
}

impl_drop!(Scratch<'_>);
