//! Which leases this thread holds. This tells a re-entrant access from a contended one.

use super::leaf::per_thread;
use super::lockdep::Mode;
use std::cell::RefCell;
use std::mem::ManuallyDrop;

/// Leases that fit without an allocation. Deeper nesting is rare and spills to the heap.
const INLINE: usize = 8;

#[derive(Clone, Copy)]
struct Entry {
    lease: usize,
    mode: Mode,
}

struct Held {
    inline: [Option<Entry>; INLINE],
    /// Freed whenever it becomes empty, so that a thread that ends leaves nothing behind.
    spill: ManuallyDrop<Vec<Entry>>,
    count: usize,
}

per_thread! {
    static HELD: RefCell<Held> = RefCell::new(Held {
        inline: [None; INLINE],
        spill: ManuallyDrop::new(Vec::new()),
        count: 0,
    });
}

/// How this thread holds the lease: `Exclusive` if it writes, `Shared` if it only reads, `None` if it does not hold it.
pub(super) fn mode_of(lease: usize) -> Option<Mode> {
    HELD.with(|held| {
        let held = held.borrow();
        let mut found = None;
        for entry in held.inline.iter().flatten().chain(held.spill.iter()).filter(|entry| entry.lease == lease) {
            if entry.mode == Mode::Exclusive {
                return Some(Mode::Exclusive);
            }
            found = Some(Mode::Shared);
        }
        found
    })
}

/// Whether this thread holds any lease at all.
pub(crate) fn any() -> bool {
    HELD.with(|held| held.borrow().count != 0)
}

pub(super) fn push(lease: usize, mode: Mode) {
    let entry = Entry { lease, mode };
    HELD.with(|held| {
        let mut held = held.borrow_mut();
        held.count += 1;
        match held.inline.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(entry),
            None => held.spill.push(entry),
        }
    });
}

pub(super) fn pop(lease: usize, mode: Mode) {
    let is_it = |entry: &Entry| entry.lease == lease && entry.mode == mode;
    HELD.with(|held| {
        let mut held = held.borrow_mut();
        if let Some(place) = held.inline.iter_mut().find(|place| place.as_ref().is_some_and(is_it)) {
            *place = None;
        } else if let Some(at) = held.spill.iter().position(is_it) {
            held.spill.swap_remove(at);
            if held.spill.is_empty() {
                *held.spill = Vec::new();
            }
        } else {
            return;
        }
        held.count -= 1;
    });
}
