//! The node: what the registry and the user's handle share of one buffer.

mod copies;
mod link;

use crate::core::counters::Counters;
use crate::memory::{Access, Frozen, Slot, Span, SystemFault};
use crate::sync::{Class, Lease, Mutex, MutexGuard, Site, cell};
use copies::Copies;
use link::Link;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One buffer: its lease, its pages and its place in the registry.
///
/// There are two ways to the bytes. A thread inside the lease reaches them as the lease allows. The one thread that the
/// lease made the wiper reaches them when no thread is inside and none enters any more. The pages stay mapped at the
/// same address until the wiper takes the slot.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) lease: Lease,
    pub(crate) link: Link<Self>,
    pub(crate) copies: Copies,
    state: Mutex<State>,
    /// It changes under a shared lease and BUFFER, or before the buffer is handed out. So writers read it without a
    /// lock.
    pub(crate) frozen: Frozen,
    data: NonNull<u8>,
    /// How many bytes of canary lie before the data.
    pad: u16,
    /// Its shard of the registry.
    pub(crate) shard: u8,
    /// It changes only before the buffer is handed out, or under `&mut` of its one handle, so relaxed accesses suffice.
    len: AtomicUsize,
    /// Represents the bytes in models. The models check that conflicting accesses to it exclude one another.
    pub(crate) guarded: cell::UnsafeCell<()>,
}

// SAFETY: `data` points into the slot, which is `Send`; the bytes are reached under the lease or by its one wiper.
unsafe impl Send for Node {}
// SAFETY: the lease decides who reaches the bytes, and everything else is behind locks or atomics.
unsafe impl Sync for Node {}

// A panic of user code inside an access leaves the bytes as that code wrote them, as a return does. `state` says why a
// panic inside the library leaves the rest valid.
impl UnwindSafe for Node {}
impl RefUnwindSafe for Node {}

/// What BUFFER guards.
#[derive(Debug)]
pub(crate) struct State {
    /// The pages; `None` once the wiper has taken them.
    pub(crate) slot: Option<Slot>,
    /// How many accesses need the pages revealed now, in a session that conceals them.
    inside: usize,
}

impl State {
    /// One more access needs the pages. If the system refuses, nothing has changed.
    pub(crate) fn reveal(&mut self, access: Access) -> Result<(), SystemFault> {
        if let Some(slot) = self.slot.as_mut().filter(|_| self.inside == 0) {
            slot.reveal(access)?;
        }
        self.inside += 1;
        Ok(())
    }

    /// One access less needs the pages, also if the system refuses to conceal them.
    pub(crate) fn conceal(&mut self) -> Result<(), SystemFault> {
        self.inside -= 1;
        match self.slot.as_mut().filter(|_| self.inside == 0) {
            Some(slot) => slot.conceal(),
            None => Ok(()),
        }
    }
}

impl Node {
    #[inline]
    pub(crate) fn new(slot: Slot, len: usize, shard: u8) -> Self {
        let data = slot.data_ptr();
        // On a system whose pages are larger, some of it is not used.
        let pad = u16::try_from(slot.pad()).unwrap_or(u16::MAX);
        Self {
            lease: Lease::new(),
            link: Link::new(),
            copies: Copies::default(),
            state: Mutex::new(Class::Buffer, State { slot: Some(slot), inside: 0 }),
            frozen: Frozen::default(),
            data,
            pad,
            shard,
            len: AtomicUsize::new(len),
            guarded: cell::UnsafeCell::new(()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Shortens the buffer to its first `len` bytes. There must be that many, and the others must be zero.
    pub(crate) fn truncate(&self, len: usize) {
        self.len.store(len, Ordering::Relaxed);
    }

    /// Changes the length to at most what the slot holds. What it leaves out must be zero. Only for the owner of the
    /// one handle, who excludes that it is used meanwhile. A purge does not ask for the length.
    pub(crate) fn set_len(&self, len: usize) {
        self.len.store(len, Ordering::Relaxed);
    }

    pub(crate) fn data(&self) -> NonNull<u8> {
        self.data
    }

    /// The bytes of the secret.
    #[inline]
    pub(crate) fn span(&self) -> Span {
        Span { base: self.data, len: self.len() }
    }

    /// How many bytes of canary lie before the data.
    pub(crate) fn pad(&self) -> usize {
        self.pad.into()
    }

    /// The inner state. Each step changes one field last, so a panic cannot leave it wrong.
    pub(crate) fn state(&self, site: Site, counters: &Counters) -> MutexGuard<'_, State> {
        self.state.lock(site).unwrap_or_else(|poisoned| {
            counters.note(|counters| &counters.poison_recoveries);
            poisoned.into_inner()
        })
    }

    /// Takes the pages out, to wipe them.
    ///
    /// # Safety
    /// The lease must have made the caller the wiper: no thread is inside, and none enters any more.
    pub(crate) unsafe fn take_slot(&self) -> Option<Slot> {
        let _nobody_inside = self.guarded.get_mut();
        // SAFETY: only a thread inside takes BUFFER, so no thread has it and none takes it any more.
        let state = unsafe { self.state.get_alone() };
        // SAFETY: for the same reason this is the only reference.
        unsafe { state.deref() }.slot.take()
    }
}
