//! The pages of one session: everything that maps, unmaps, locks or protects goes through here, and is counted.

use super::canary::Canary;
use super::counters::{Counter, MemoryCounters};
use super::error::MemoryError;
use super::held::{Held, OtherSessions};
use super::page::backend::{Access, Backend, Mapping, Protection, Span, SystemFault};
use super::policy::{ControlKind, ControlPolicy, Policies};
use super::protected::Protected;
use super::wide;
use std::sync::Arc;

/// How much memory the pages of a session take, as the session itself counts it.
///
/// `VmLck` in `/proc/self/status` must equal the sum of `locked_bytes` over all sessions of a process that locks
/// nothing else, and over the [`key_pages`](crate::Health::key_pages) that they share. The writable mappings excluded
/// from core dumps (`dd` in `/proc/self/smaps`) must equal the sum of `slots`, as long as each slot has a mapping of
/// its own. Beyond 2048 slots, where the system can do it, 1023 slots share one mapping.
///
/// ```
/// let session = memguard::Session::new()?;
/// let before = session.health().footprint;
/// let _large = session.buffer(1 << 20)?;
/// assert!(session.health().footprint.data_bytes >= before.data_bytes + (1 << 20));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Footprint {
    /// Slots mapped, in use or free. A packed page is one slot, however many secrets are on it.
    pub slots: u64,
    /// Bytes mapped for data, in use or free, guard pages left out.
    pub data_bytes: u64,
    /// Bytes locked into RAM. They include the guards between slots that share a mapping, because the kernel counts
    /// them.
    pub locked_bytes: u64,
}

/// What a session asks of the other sessions of its process, at a limit. It asks while it holds no lock but accesses,
/// and waits for none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours {
    /// Has all sessions give back what they do not use. Returns how many units that were.
    pub(crate) give_back: fn() -> usize,
    /// What all sessions hold, except the one with these pages.
    pub(crate) held: fn(&System) -> OtherSessions,
}

impl Neighbours {
    /// For pages that belong to no session: nothing is asked.
    pub(super) const NONE: Self = Self { give_back: || 0, held: |_| OtherSessions::default() };
}

/// A session's source of pages, with its canary, its footprint and its counters.
#[derive(Debug)]
pub(crate) struct System {
    backend: Arc<dyn Backend>,
    policies: Policies,
    /// Whether pages are hidden from the kernel.
    hides: bool,
    pub(super) canary: Canary,
    neighbours: Neighbours,
    counters: Arc<MemoryCounters>,
    slots: Counter,
    data_bytes: Counter,
    locked_bytes: Counter,
}

impl System {
    pub(super) fn new(
        backend: Arc<dyn Backend>,
        policies: Policies,
        hides: bool,
        neighbours: Neighbours,
        counters: Arc<MemoryCounters>,
    ) -> Result<Self, SystemFault> {
        let canary = Canary::new(&*backend)?;
        let (slots, data_bytes, locked_bytes) = Default::default();
        Ok(Self { backend, policies, hides, canary, neighbours, counters, slots, data_bytes, locked_bytes })
    }

    /// The size of a page in bytes.
    pub(crate) fn page_size(&self) -> usize {
        self.backend.page_size()
    }

    /// Whether all sessions on such pages share one limit: see [`Backend::is_of_the_process`].
    pub(crate) fn is_of_the_process(&self) -> bool {
        self.backend.is_of_the_process()
    }

    /// Whether pages are hidden from the kernel.
    pub(super) fn hides(&self) -> bool {
        self.hides
    }

    /// A source of pages of the same kind, for another session or none. Each page has every control.
    pub(super) fn strict(&self) -> Result<Self, SystemFault> {
        Self::new(self.backend.renewed(), Policies::strict(), self.hides, Neighbours::NONE, Arc::default())
    }

    pub(crate) fn footprint(&self) -> Footprint {
        Footprint { slots: self.slots.get(), data_bytes: self.data_bytes.get(), locked_bytes: self.locked_bytes.get() }
    }

    /// Counts one degraded outcome.
    pub(super) fn note(&self, counter: impl Fn(&MemoryCounters) -> &Counter) {
        self.counters.note(counter(&self.counters), 1);
    }

    /// New pages, zeroed, with each control or without it, as its policy says.
    pub(super) fn map(&self, pages: usize) -> Result<Mapping, MemoryError> {
        let wanted = pages.saturating_mul(self.page_size());
        let mut mapping = match self.backend.map(pages) {
            Err(fault) if fault.call == "mprotect" && fault.errno != libc::ENOMEM => {
                self.without(ControlKind::Guard, fault, pages)?;
                self.backend.map_unguarded(pages)
            }
            mapped => mapped,
        }
        .map_err(|fault| MemoryError::of(fault, wanted))?;
        self.entered(&mapping);
        let controlled = self.control(&mut mapping, pages);
        self.locked_bytes.add(mapping.locked as u64);
        match controlled {
            Ok(()) => Ok(mapping),
            Err(error) => {
                self.unmap(mapping);
                Err(error)
            }
        }
    }

    fn control(&self, mapping: &mut Mapping, pages: usize) -> Result<(), MemoryError> {
        let or_without = |result: Result<(), SystemFault>, control| match result {
            Ok(()) => Ok(()),
            Err(fault) => self.without(control, fault, pages),
        };
        if self.hides {
            let hidden = self.backend.hide(mapping);
            if hidden.is_ok() {
                return Ok(());
            }
            or_without(hidden, ControlKind::Hide)?;
        }
        or_without(self.backend.keep_out_of_core_dumps(mapping.span), ControlKind::Dump)?;
        or_without(self.backend.wipe_on_fork(mapping.span), ControlKind::Fork)?;
        or_without(self.backend.lock(mapping), ControlKind::Lock)
    }

    /// A control does not work for new pages: counts them, or returns the error, as its policy says.
    fn without(&self, control: ControlKind, fault: SystemFault, pages: usize) -> Result<(), MemoryError> {
        if self.policies.of(control) == ControlPolicy::Require {
            return Err(MemoryError::without(control, fault, pages.saturating_mul(self.page_size())));
        }
        let counters = &self.counters;
        let counter = match control {
            ControlKind::Lock => &counters.unlocked_pages,
            ControlKind::Dump => &counters.dumpable_pages,
            ControlKind::Fork => &counters.inheritable_pages,
            ControlKind::Guard => &counters.unguarded_pages,
            ControlKind::Hide => &counters.unhidden_pages,
        };
        counters.note(counter, pages as u64);
        Ok(())
    }

    /// New single pages with guards between them: see [`Backend::map_spaced`]. Hidden pages have no such guards.
    pub(super) fn map_spaced(&self, pages: usize) -> Option<Mapping> {
        if self.hides {
            return None;
        }
        let mapping = self.backend.map_spaced(pages)?;
        self.entered(&mapping);
        Some(mapping)
    }

    fn entered(&self, mapping: &Mapping) {
        let Footprint { slots, data_bytes, locked_bytes } = self.footprint_of(mapping);
        self.slots.add(slots);
        self.data_bytes.add(data_bytes);
        self.locked_bytes.add(locked_bytes);
    }

    fn footprint_of(&self, mapping: &Mapping) -> Footprint {
        let slots = (mapping.gaps / self.page_size() + 1) as u64;
        let data_bytes = (mapping.span.len - mapping.gaps) as u64;
        Footprint { slots, data_bytes, locked_bytes: mapping.locked as u64 }
    }

    /// Gives pages back, and returns whether the system took them. Pages that it refuses to unmap stay in the footprint
    /// and are counted as leaked.
    pub(super) fn unmap(&self, mapping: Mapping) -> bool {
        let Footprint { slots, data_bytes, locked_bytes } = self.footprint_of(&mapping);
        if self.backend.unmap(mapping).is_err() {
            self.note(|counters| &counters.leaked_slots);
            return false;
        }
        self.slots.sub(slots);
        self.data_bytes.sub(data_bytes);
        self.locked_bytes.sub(locked_bytes);
        true
    }

    /// Gives the contents of pages back, also if they allow no access. Returns whether their bytes are gone.
    pub(super) fn discard(&self, span: Span) -> bool {
        self.backend.discard(span, self.hides).is_ok()
    }

    /// Gives the contents of pages that are not used again back. Counts it if the system refuses.
    pub(super) fn withdraw(&self, span: Span) {
        if !self.discard(span) {
            self.note(|counters| &counters.leaked_slots);
        }
    }

    pub(super) fn protect(&self, span: Span, protection: Protection) -> Result<(), SystemFault> {
        self.backend.protect(span, protection)
    }

    /// Changes what a part of a mapping allows. A part that allows less than its neighbours is a mapping of its own and
    /// makes two of theirs.
    pub(super) fn protect_part(&self, span: Span, from: Protection, to: Protection) -> Result<(), SystemFault> {
        const SPLIT: u64 = 2;
        if from == Protection::ReadWrite {
            self.backend.take_mappings(SPLIT)?;
        }
        let result = self.protect(span, to);
        let allows = if result.is_ok() { to } else { from };
        if allows == Protection::ReadWrite {
            self.backend.give_mappings(SPLIT);
        }
        result
    }

    /// Overwrites all bytes with zeros, in a way that is never optimised away.
    pub(super) fn wipe(&self, bytes: &mut [u8]) {
        self.backend.wipe(bytes);
    }

    /// Whether the bytes are the canary that belongs at this offset.
    pub(crate) fn is_canary(&self, offset: usize, bytes: &[u8]) -> bool {
        (offset..).zip(bytes).all(|(at, &byte)| byte == self.canary.at(at))
    }

    /// Writes the canary that belongs at this offset.
    pub(crate) fn write_canary(&self, offset: usize, bytes: &mut [u8]) {
        for (at, byte) in (offset..).zip(bytes) {
            *byte = self.canary.at(at);
        }
    }

    /// An access to these bytes begins. Real pages check it in hardware.
    #[inline]
    pub(crate) fn begin(&self, bytes: Span, access: Access) {
        self.backend.begin(bytes, access);
    }

    /// What protects these pages now.
    pub(crate) fn protection(&self, pages: Span) -> Protected {
        self.backend.protection(pages)
    }

    /// Whether the pages before and behind these refuse to be read. `None` if nothing tells.
    pub(crate) fn guards_stop(&self, pages: Span) -> Option<bool> {
        self.backend.guards_stop(pages)
    }

    /// Fills the bytes with randomness fit for keys.
    ///
    /// # Errors
    /// [`MemoryError::System`] if the system gives no randomness. Some bytes may be changed then.
    pub(crate) fn random(&self, bytes: &mut [u8]) -> Result<(), MemoryError> {
        Ok(self.backend.random(bytes)?)
    }

    /// Returns the error. If it is a limit, counts it, and adds what the sessions of the process hold.
    pub(super) fn counted(&self, error: MemoryError) -> MemoryError {
        let MemoryError::Limit(limit) = error else { return error };
        self.counters.limits_reached.bump();
        MemoryError::Limit(limit.with(|| self.held()))
    }

    /// What the sessions of the process hold.
    fn held(&self) -> Held {
        let by_others = self.is_of_the_process().then(|| (self.neighbours.held)(self));
        Held { by_this_session: self.locked_bytes.get(), by_others }
    }

    /// Has all sessions with the same limit give back what they do not use. Returns how many units that were.
    pub(super) fn relieve(&self) -> usize {
        if self.is_of_the_process() { (self.neighbours.give_back)() } else { 0 }
    }

    /// Whether free memory is all zero. If not, it is wiped and counted as dirty.
    ///
    /// # Safety
    /// The span must be readable and writable, and belong to the caller alone.
    pub(super) unsafe fn is_clean(&self, span: Span) -> bool {
        // SAFETY: the caller's promise.
        let bytes = unsafe { std::slice::from_raw_parts_mut(span.base.as_ptr(), span.len) };
        let clean = wide::all_zero(bytes);
        if !clean {
            self.wipe(bytes);
            self.note(|counters| &counters.dirty_slots);
        }
        clean
    }
}
