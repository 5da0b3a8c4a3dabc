//! Every session of the process, for what concerns all of them.
//!
//! The list has an entry for each session. Entries are never freed, so any thread can walk the list without a lock. An
//! entry that its session has left is used again. A thread *pins* an entry while it uses the core in it, and nobody
//! waits for that: if the session ends meanwhile, the last thread to unpin takes the core out.
//!
//! A forked child inherits the list. It pins its parent's entries only to see whose they are, and never frees a core of
//! its parent.

use super::Core;
use crate::core::outcome::PurgeReport;
use crate::core::tell::quietly;
use crate::memory::{Neighbours, OtherSessions, System};
use crate::sync::{OnDrop, Process, ShardArc, contain, impl_drop};
use std::cell::UnsafeCell;
use std::iter;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// The entry that was added last.
static ENTRIES: AtomicPtr<Entry> = AtomicPtr::new(ptr::null_mut());

/// What a session asks of the others at a limit.
pub(crate) const NEIGHBOURS: Neighbours = Neighbours { give_back: give_back_free_pages, held: held_by_others };

struct Entry {
    /// One of the first four, and a multiple of [`PIN`].
    state: AtomicU32,
    /// There while the entry is listed or left. Only the thread that made the entry busy changes it.
    core: UnsafeCell<Option<ShardArc<Core>>>,
    /// The entry that was added before.
    next: Option<&'static Self>,
}

/// There is no session.
const FREE: u32 = 0;
/// One thread puts a core in, or takes it out. Nobody pins it.
const BUSY: u32 = 1;
/// Its session lives.
const LISTED: u32 = 2;
/// Its session has ended, and threads that pin it still use the core.
const LEFT: u32 = 4;
/// One thread that pins it.
const PIN: u32 = 8;

// SAFETY: `state` decides which thread reaches the core, which is itself shared by threads.
unsafe impl Sync for Entry {}

/// A session is on the list until this is dropped.
pub(crate) struct Listed {
    entry: &'static Entry,
    process: Process,
}

impl Listed {
    pub(crate) fn new(core: &ShardArc<Core>) -> Self {
        let take = |entry: &&Entry| {
            entry.state.load(Ordering::Relaxed) == FREE
                && entry.state.compare_exchange(FREE, BUSY, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        let entry = entries().find(take).unwrap_or_else(Entry::add);
        // SAFETY: this thread made the entry busy, so no other one reaches its core.
        unsafe { *entry.core.get() = Some(core.clone()) };
        entry.state.store(LISTED, Ordering::Release);
        Self { entry, process: Process::current() }
    }
}

impl OnDrop for Listed {
    fn on_drop(&mut self) {
        if !self.process.is_current() {
            // The entry is the parent's, and so is its core.
            return;
        }
        if self.entry.state.fetch_xor(LISTED | LEFT, Ordering::AcqRel) == LISTED {
            // SAFETY: nobody pinned it, and nobody pins what is not listed.
            drop(unsafe { self.entry.vacate() });
        }
    }
}

impl_drop!(Listed);

fn entries() -> impl Iterator<Item = &'static Entry> {
    // SAFETY: an entry that was added is never freed, and everything in it that changes is atomic or behind `state`.
    let first = unsafe { ENTRIES.load(Ordering::Acquire).as_ref() };
    iter::successors(first, |entry| entry.next)
}

impl Entry {
    /// A new entry, busy.
    fn add() -> &'static Self {
        let entry = Box::new(Self { state: AtomicU32::new(BUSY), core: UnsafeCell::new(None), next: None });
        let entry = Box::into_raw(entry);
        let mut first = ENTRIES.load(Ordering::Acquire);
        loop {
            // SAFETY: the entry is not on the list yet, so no other thread has it. `first` is on it, or null.
            unsafe { (*entry).next = first.as_ref() };
            match ENTRIES.compare_exchange_weak(first, entry, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: it is never freed.
                Ok(_) => return unsafe { &*entry },
                Err(now) => first = now,
            }
        }
    }

    /// Lets this thread use the core. `None` if there is no session, or its end has begun.
    fn pin(&'static self) -> Option<Pin> {
        let pinned = |state| if state & LISTED != 0 { Some(state + PIN) } else { None };
        self.state.fetch_update(Ordering::Acquire, Ordering::Relaxed, pinned).ok()?;
        Some(Pin(self))
    }

    /// Takes the core out, and lets other sessions use the entry.
    ///
    /// # Safety
    /// The state must be [`LEFT`], without a pin, and the caller the only thread that saw it become so.
    unsafe fn vacate(&self) -> Option<ShardArc<Core>> {
        // SAFETY: no thread pins it or can pin it, and by the caller's promise no other one is here.
        let core = unsafe { (*self.core.get()).take() };
        self.state.store(FREE, Ordering::Release);
        core
    }
}

/// This thread may use the core of an entry.
struct Pin(&'static Entry);

impl Pin {
    fn core(&self) -> Option<&Core> {
        // SAFETY: a pinned entry was listed, and its core stays until the last pin is gone.
        let core = unsafe { (*self.0.core.get()).as_deref() };
        core.filter(|core| core.is_here())
    }

    /// Returns the core if this was the last use of it.
    fn unpin(self) -> Option<ShardArc<Core>> {
        let entry = self.0;
        mem::forget(self);
        let was_last = entry.state.fetch_sub(PIN, Ordering::AcqRel) == LEFT | PIN;
        // SAFETY: of the threads that pinned a left entry, only the last sees one pin, and none pins it again.
        if was_last { unsafe { entry.vacate() } } else { None }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        mem::forget(Pin(self.0).unpin());
    }
}

/// Purges every session of this process. Then each of them logs.
pub(crate) fn purge_all() -> PurgeReport {
    let mut report = PurgeReport::default();
    // Sessions that ended meanwhile. The drop of a core may call the logger, which may never return.
    let mut ended = Vec::new();
    for pin in entries().filter_map(Entry::pin) {
        if let Some(core) = pin.core() {
            report += core.purge_untold();
        }
        if let Some(core) = pin.unpin() {
            match ended.try_reserve(1) {
                Ok(()) => ended.push(core),
                Err(_) => mem::forget(core),
            }
        }
    }
    for pin in entries().filter_map(Entry::pin) {
        if let Some(core) = pin.core() {
            core.tell();
        }
        drop(pin.unpin());
    }
    report
}

/// Has every session of this process give back the pages that it keeps for reuse, but for those that other threads use
/// at this moment. Waits for no lock. Returns how many units those were.
///
/// Called in the middle of a call, so it logs nothing. What a session counts at its very end is then not logged.
fn give_back_free_pages() -> usize {
    let give_back = |pin: Pin| {
        let count = pin.core().map_or(0, |core| core.pool.give_back_free());
        // If the session ended meanwhile, this gives back all of its pages.
        drop(pin.unpin());
        count
    };
    quietly(|| entries().filter_map(Entry::pin).map(give_back).sum())
}

/// What the sessions of this process have locked, except the one with the pages `own`. Waits for no lock, so the
/// figures are not of one moment.
///
/// Called in the middle of a call, so it logs nothing, like [`give_back_free_pages`].
fn held_by_others(own: &System) -> OtherSessions {
    let mut others = OtherSessions::default();
    quietly(|| {
        for pin in entries().filter_map(Entry::pin) {
            let system = pin.core().map(|core| core.pool.backend());
            if let Some(system) = system.filter(|system| system.is_of_the_process() && !ptr::eq(*system, own)) {
                others.sessions += 1;
                others.locked_bytes += system.footprint().locked_bytes;
            }
            drop(pin.unpin());
        }
    });
    others
}

/// Like [`purge_all`], but calls no logger. For the way from a signal to the end of the process.
pub(crate) fn purge_all_untold() {
    for pin in entries().filter_map(Entry::pin) {
        if let Some(core) = pin.core() {
            // A panic would be a bug of this library. It must not keep the other sessions' secrets.
            let _ = contain(|| core.purge_untold());
        }
        // The drop of a core may call the logger.
        mem::forget(pin.unpin());
    }
}
