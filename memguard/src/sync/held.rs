//! Which leases this thread holds. This tells a re-entrant access from a contended one.
//!
//! The allocator is code of others and may use this library. So the list is borrowed only in steps that neither
//! allocate nor free.

use super::leaf::per_thread;
use super::lockdep::Mode;
use std::cell::RefCell;
use std::mem::{self, ManuallyDrop};

/// Leases that fit without an allocation. Deeper nesting is rare and spills to the heap.
const INLINE: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
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

impl Held {
    /// Adds an entry, and moves to `room` if that needs more memory. If `room` is too small, adds nothing and returns
    /// how large it must be.
    fn push(&mut self, entry: Entry, room: &mut Vec<Entry>) -> Result<(), usize> {
        match self.inline.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(entry),
            None => {
                let len = self.spill.len();
                if self.spill.capacity() == len {
                    if room.capacity() <= len {
                        return Err((2 * len).max(INLINE));
                    }
                    room.append(&mut self.spill);
                    mem::swap(room, &mut *self.spill);
                }
                self.spill.push(entry);
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Takes an entry out. Returns memory that is not needed any more.
    fn pop(&mut self, entry: Entry) -> Vec<Entry> {
        if let Some(place) = self.inline.iter_mut().find(|place| **place == Some(entry)) {
            *place = None;
        } else if let Some(at) = self.spill.iter().position(|&spilled| spilled == entry) {
            self.spill.swap_remove(at);
        } else {
            return Vec::new();
        }
        self.count -= 1;
        if self.spill.is_empty() { mem::take(&mut *self.spill) } else { Vec::new() }
    }
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

/// Notes a lease that this thread is about to enter, so that nothing can fail once it is inside.
///
/// # Errors
/// How many bytes there is no memory for.
pub(super) fn push(lease: usize, mode: Mode) -> Result<(), usize> {
    // What is left in it is freed after the borrow.
    let mut room = Vec::new();
    while let Err(wanted) = HELD.with(|held| held.borrow_mut().push(Entry { lease, mode }, &mut room)) {
        room.try_reserve_exact(wanted).map_err(|_| wanted * size_of::<Entry>())?;
    }
    Ok(())
}

/// The thread has left the lease. The caller drops the result when it holds nothing.
#[must_use = "freeing it calls the allocator"]
pub(super) fn pop(lease: usize, mode: Mode) -> impl Sized {
    HELD.with(|held| held.borrow_mut().pop(Entry { lease, mode }))
}
