//! A node's place in the registry.

use crate::sync::Doom;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::ptr;
use std::sync::atomic;

/// The place of a node of the type `N` in the registry. It is one atomic word, so entering and leaving can race without
/// a lock:
///
/// | value | meaning | who changes it |
/// |---|---|---|
/// | `NEW` | not offered yet | its creator |
/// | `PARKED` | in the inbox, wants to enter | the thread that drains the inbox, or that destroys the buffer |
/// | `ENTERED` | in the registry | the thread that destroys the buffer, or a purge |
/// | `LEFT` | destroyed: must not enter the registry, or must leave it | no thread |
///
/// A node is in the inbox at most once at a time. It is pushed when it becomes `PARKED`. It is pushed a second time
/// only when its place changes from `ENTERED` to `LEFT`, and it has entered only once it was taken out.
#[derive(Debug)]
pub(crate) struct Link<N> {
    place: AtomicUsize,
    /// Whether the node leaves through the inbox. The push publishes it.
    departs: AtomicBool,
    /// What a purge found when it doomed this node. Only that purge writes and reads it.
    doom: atomic::AtomicU8,
    /// The next node in the inbox. Only the thread that pushes this node or has taken it out uses it, and the push
    /// publishes it. So it needs no memory order of its own.
    next: atomic::AtomicPtr<N>,
    /// The neighbours in the registry. Only the holder of BUFFERS uses them.
    before: atomic::AtomicPtr<N>,
    behind: atomic::AtomicPtr<N>,
}

const NEW: usize = 0;
const PARKED: usize = 1;
const LEFT: usize = 2;
const ENTERED: usize = 3;

impl<N> Link<N> {
    pub(crate) fn new() -> Self {
        let [next, before, behind] = [(); 3].map(|()| atomic::AtomicPtr::new(ptr::null_mut()));
        let (departs, doom) = (AtomicBool::new(false), atomic::AtomicU8::new(Doom::Already as u8));
        Self { place: AtomicUsize::new(NEW), departs, doom, next, before, behind }
    }

    /// The node is about to be pushed into the inbox for the first time.
    pub(crate) fn park(&self) {
        self.place.store(PARKED, Ordering::Relaxed);
    }

    /// The node enters for the first time, not by way of the inbox.
    pub(crate) fn enter(&self) {
        self.place.store(ENTERED, Ordering::Relaxed);
    }

    /// The node comes out of the inbox and enters, unless it has left meanwhile.
    pub(crate) fn unpark(&self) -> bool {
        self.place.compare_exchange(PARKED, ENTERED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The node must leave. Returns whether it is in the registry. Then the caller takes it out.
    pub(crate) fn leave(&self) -> bool {
        // A purge has made its nodes leave by now, and a look costs less than a change.
        self.place.load(Ordering::Acquire) != LEFT && self.place.swap(LEFT, Ordering::AcqRel) == ENTERED
    }

    /// The thread that takes the node out of the inbox takes it out of the registry too.
    pub(crate) fn depart_through_inbox(&self) {
        self.departs.store(true, Ordering::Relaxed);
    }

    /// Whether this node leaves through the inbox.
    pub(crate) fn departs(&self) -> bool {
        self.departs.load(Ordering::Relaxed)
    }

    /// Notes what dooming the node found. The purge reads it after it has released BUFFERS.
    pub(crate) fn note(&self, doom: Doom) {
        self.doom.store(doom as u8, Ordering::Relaxed);
    }

    /// What was noted.
    pub(crate) fn noted(&self) -> Doom {
        match self.doom.load(Ordering::Relaxed) {
            doom if doom == Doom::Wipe as u8 => Doom::Wipe,
            doom if doom == Doom::HandedOver as u8 => Doom::HandedOver,
            _ => Doom::Already,
        }
    }

    pub(crate) fn set_next(&self, next: *mut N) {
        self.next.store(next, Ordering::Relaxed);
    }

    pub(crate) fn next(&self) -> *mut N {
        self.next.load(Ordering::Relaxed)
    }

    /// The nodes before and behind this one in the registry, or null.
    pub(crate) fn neighbours(&self) -> (*mut N, *mut N) {
        (self.before.load(Ordering::Relaxed), self.behind.load(Ordering::Relaxed))
    }

    pub(crate) fn set_before(&self, before: *mut N) {
        self.before.store(before, Ordering::Relaxed);
    }

    pub(crate) fn set_behind(&self, behind: *mut N) {
        self.behind.store(behind, Ordering::Relaxed);
    }
}
