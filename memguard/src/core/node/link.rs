//! A node's place in the registry.

use crate::sync::Doom;
use crate::sync::atomic::{AtomicUsize, Ordering};
use std::sync::atomic;

/// The place of a node of the type `N` in the registry. It is one atomic word, so entering and leaving can race without
/// a lock:
///
/// | value | meaning | who changes it |
/// |---|---|---|
/// | `NEW` | not offered yet | its creator |
/// | `PARKED` | in the inbox, wants to enter | the thread that drains the inbox, or that destroys the buffer |
/// | `LEFT` | destroyed: must not enter the registry, or must leave it | no thread |
/// | `index + FIRST` | in the registry at this index | the thread that destroys the buffer |
///
/// A node is in the inbox at most once at a time. It is pushed when it becomes `PARKED`. It is pushed a second time
/// only when its place changes from an index to `LEFT`, and it has an index only once it was taken out.
#[derive(Debug)]
pub(crate) struct Link<N> {
    place: AtomicUsize,
    /// The index of a node that leaves through the inbox. The push publishes it.
    departed_from: atomic::AtomicUsize,
    /// What a purge found when it doomed this node. Only that purge writes and reads it.
    doom: atomic::AtomicU8,
    /// The next node in the inbox. Only the thread that pushes this node or has taken it out uses it, and the push
    /// publishes it. So it needs no memory order of its own.
    next: atomic::AtomicPtr<N>,
}

const NEW: usize = 0;
const PARKED: usize = 1;
const LEFT: usize = 2;
const FIRST: usize = 3;
const NOWHERE: usize = usize::MAX;

impl<N> Link<N> {
    pub(crate) fn new() -> Self {
        Self {
            place: AtomicUsize::new(NEW),
            departed_from: atomic::AtomicUsize::new(NOWHERE),
            doom: atomic::AtomicU8::new(Doom::Already as u8),
            next: atomic::AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// The node is about to be pushed into the inbox for the first time.
    pub(crate) fn park(&self) {
        self.place.store(PARKED, Ordering::Relaxed);
    }

    /// The node enters at this index for the first time, not by way of the inbox.
    pub(crate) fn enter(&self, index: usize) {
        self.place.store(index + FIRST, Ordering::Relaxed);
    }

    /// The node comes out of the inbox and enters at this index, unless it has left meanwhile.
    pub(crate) fn unpark(&self, index: usize) -> bool {
        self.place.compare_exchange(PARKED, index + FIRST, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The node must leave. Returns its index if it is still in the registry.
    pub(crate) fn leave(&self) -> Option<usize> {
        self.place.swap(LEFT, Ordering::AcqRel).checked_sub(FIRST)
    }

    /// Notes the index for the thread that takes the node out of the inbox.
    pub(crate) fn depart_through_inbox(&self, index: usize) {
        self.departed_from.store(index, Ordering::Relaxed);
    }

    /// The noted index, if this node leaves through the inbox.
    pub(crate) fn departed_from(&self) -> Option<usize> {
        Some(self.departed_from.load(Ordering::Relaxed)).filter(|&index| index != NOWHERE)
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
}
