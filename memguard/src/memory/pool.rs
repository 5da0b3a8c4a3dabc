//! The pool: keeps wiped slots mapped, locked and guarded, so that creating a buffer needs no system call.
//!
//! A slot is wiped before it enters and verified to be zero when it leaves. Sections under the POOL lock are O(1). They
//! neither allocate nor free, and make no system call. Mapping, locking, wiping and verifying happen outside.

use super::audit::Audit;
use super::counters::MemoryCounters;
use super::error::MemoryError;
use super::page::backend::{Backend, SystemFault};
use super::policy::{Isolation, Policies};
use super::slot::{Slot, Wiped};
use super::store::Store;
use super::store::kind::{Fate, Plan, Supply, Trim, Want};
use super::system::{Neighbours, System};
use crate::sync::{OnDrop, Process, impl_drop};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

type Result<T, E = MemoryError> = std::result::Result<T, E>;

/// Keeps the page slots of one session.
#[derive(Debug)]
pub(crate) struct Pool {
    store: Store,
    isolation: Isolation,
    process: Process,
}

impl Pool {
    pub(crate) fn new(
        backend: Arc<dyn Backend>,
        policies: Policies,
        isolation: Isolation,
        capacity_pages: usize,
        shards: usize,
        neighbours: Neighbours,
        counters: Arc<MemoryCounters>,
    ) -> Result<Self> {
        let system = System::new(backend, policies, isolation == Isolation::Secret, neighbours, counters)?;
        let plan = Plan { page_size: system.page_size(), isolation, capacity_pages, shards };
        Ok(Self { store: Store::new(system, &plan), isolation, process: Process::current() })
    }

    /// Where the session's pages come from.
    #[inline]
    pub(crate) fn backend(&self) -> &System {
        &self.store.system
    }

    /// A slot for a secret of `len` bytes, all zero.
    #[inline]
    pub(crate) fn take(&self, len: usize) -> Result<Slot> {
        let mut slot = self.slot(len, self.isolation)?;
        if self.conceals()
            && let Err(fault) = slot.start_concealing()
        {
            self.retire(slot, Spare::GiveBack)?;
            return Err(self.refused(fault));
        }
        Ok(slot)
    }

    /// A slot for a secret whose start is a multiple of `align`, all zero. Its length is one too, and a page is.
    #[cfg(feature = "zerocopy")]
    pub(crate) fn take_aligned(&self, len: usize, align: usize) -> Result<Slot> {
        // Secrets end where their piece ends. That is the end of a page, except in places on packed pages.
        if align > 1 && self.isolation == Isolation::Packed { self.take_pages(len) } else { self.take(len) }
    }

    /// How long a secret can become in a slot that is taken for this length, without more locked memory: what fills its
    /// pages. A place on a packed page is as long as it has to be.
    pub(crate) fn room(&self, len: usize) -> usize {
        let page = self.backend().page_size();
        let is_packed = self.isolation == Isolation::Packed && len < page / 4;
        if is_packed { len } else { len.checked_next_multiple_of(page).unwrap_or(len) }
    }

    /// Whether secrets are concealed while no thread is inside.
    #[inline]
    pub(crate) fn conceals(&self) -> bool {
        self.isolation == Isolation::Concealed
    }

    /// A slot with pages of its own, however the session isolates its secrets.
    pub(super) fn take_pages(&self, len: usize) -> Result<Slot> {
        self.slot(len, Isolation::Page)
    }

    /// A pool for halves of keys, with pages as this one has them. It packs them, and keeps no page that has none.
    pub(super) fn for_halves(&self) -> Result<Self> {
        let (system, isolation) = (self.backend().strict()?, Isolation::Packed);
        // At a limit, these pages ask nothing of the sessions. `Half::pair` then takes pages of the session, which do.
        let plan = Plan { page_size: system.page_size(), isolation, capacity_pages: 0, shards: 1 };
        let pool = Self { store: Store::new(system, &plan), isolation, process: Process::current() };
        pool.close();
        Ok(pool)
    }

    /// A slot as those of buffers, for the library's own use, wiped when it is dropped.
    pub(super) fn place(&self, len: usize) -> Result<Scratch<'_>> {
        Ok(Scratch { slot: Some(self.take(len)?), pool: self })
    }

    /// A slot for the library's own use, on pages of its own, wiped when it is dropped.
    pub(crate) fn scratch(&self, len: usize) -> Result<Scratch<'_>> {
        Ok(Scratch { slot: Some(self.take_pages(len)?), pool: self })
    }

    /// Checks the canary, wipes the slot and keeps it for reuse. If enough are kept, `spare` says what becomes of it.
    ///
    /// # Errors
    /// [`MemoryError::Corrupted`] if the canary was overwritten. The bytes are wiped in that case too, and the page is
    /// withdrawn. [`MemoryError::Unwiped`] if the system refused every way to wipe the bytes.
    pub(crate) fn retire(&self, mut slot: Slot, spare: Spare) -> Result<()> {
        let (wiped, intact) = slot.wipe();
        if wiped == Wiped::Not {
            if !slot.abandon() {
                return Err(MemoryError::Unwiped);
            }
        } else if let Some(piece) = slot.into_piece() {
            let fate = match spare {
                _ if wiped != Wiped::InPlace || !intact => Fate::Withdraw,
                Spare::GiveBack => Fate::Reuse,
                Spare::KeepForNow => Fate::Keep,
            };
            self.store.put_back(piece, fate);
        }
        if intact {
            return Ok(());
        }
        self.backend().note(|counters| &counters.corrupted_buffers);
        Err(MemoryError::Corrupted)
    }

    /// Checks every byte of every free slot and place.
    pub(crate) fn audit(&self) -> Audit {
        self.store.audit()
    }

    /// Gives back what was kept only for the moment. Returns `false` if another thread used the pool.
    pub(crate) fn give_back_surplus(&self) -> bool {
        self.store.try_trim(Trim::Surplus).1
    }

    /// Gives all free slots back, but for those that another thread uses the lists of. Returns how many those were.
    pub(crate) fn give_back_free(&self) -> usize {
        self.store.try_trim(Trim::AtALimit).0
    }

    /// Gives all free slots back to the system. From now on, every retired slot goes back too.
    pub(crate) fn close(&self) {
        self.store.trim(Trim::ForGood);
    }

    /// The error when the system refuses a change of existing pages.
    pub(crate) fn refused(&self, fault: SystemFault) -> MemoryError {
        self.backend().counted(fault.into())
    }

    #[inline]
    fn slot(&self, len: usize, isolation: Isolation) -> Result<Slot> {
        let page_size = self.backend().page_size();
        let max = isize::MAX as usize - 4 * page_size;
        let want = match len {
            0 => return Err(MemoryError::EmptyLength),
            _ if len > max => return Err(MemoryError::TooLong { len, max }),
            _ => Want { len, pages: (len + page_size - 1) >> page_size.trailing_zeros(), isolation },
        };
        Ok(Slot::new(self.store.take(&want)?, len, self.store.system.clone()))
    }
}

impl OnDrop for Pool {
    fn on_drop(&mut self) {
        self.close();
    }
}

impl_drop!(Pool);

/// What becomes of a wiped slot when enough of them are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spare {
    /// It goes back to the system, which takes a system call.
    GiveBack,
    /// It is kept until there is time: see [`Pool::give_back_surplus`].
    KeepForNow,
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
            // The slot was inherited from a parent process and is zero here. The pool's lock may be held by a thread
            // that does not exist here.
            std::mem::forget(slot);
        } else {
            // The pool wipes and counts a corrupted scratch slot. A drop cannot return the error.
            let _ = self.pool.retire(slot, Spare::GiveBack);
        }
    }
}

impl_drop!(Scratch<'_>);
