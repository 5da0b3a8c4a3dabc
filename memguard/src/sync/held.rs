//! Which leases this thread holds. This tells a re-entrant access from a contended one.
//!
//! The allocator is code of others and may use this library. So the list is borrowed only in steps that neither
//! allocate nor free.

use super::leaf::per_thread;
use super::outcome::Mode;
use std::cell::RefCell;
use std::mem::{self, ManuallyDrop};

/// Leases that fit without an allocation. Deeper nesting is rare and spills to the heap.
const INLINE: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    lease: usize,
    mode: Mode,
}

/// A stack: accesses mostly end in the opposite order in which they began.
struct Held {
    /// The first entries.
    inline: [Entry; INLINE],
    /// The others. Freed whenever it becomes empty, so that a thread that ends leaves nothing behind.
    spill: ManuallyDrop<Vec<Entry>>,
    count: usize,
}

/// Fills unused places.
const NONE: Entry = Entry { lease: 0, mode: Mode::Shared };

per_thread! {
    static HELD: RefCell<Held> = RefCell::new(Held {
        inline: [NONE; INLINE],
        spill: ManuallyDrop::new(Vec::new()),
        count: 0,
    });
}

impl Held {
    /// Adds an entry, unless all places are in use.
    #[inline]
    fn push(&mut self, entry: Entry) -> bool {
        let Some(place) = self.inline.get_mut(self.count) else { return false };
        *place = entry;
        self.count += 1;
        true
    }

    /// Adds an entry when all places are in use, and moves to `room` if that needs more memory. If `room` is too small,
    /// adds nothing and returns how large it must be.
    fn spill(&mut self, entry: Entry, room: &mut Vec<Entry>) -> Result<(), usize> {
        let len = self.spill.len();
        if self.spill.capacity() == len {
            if room.capacity() <= len {
                return Err((2 * len).max(INLINE));
            }
            room.append(&mut self.spill);
            mem::swap(room, &mut *self.spill);
        }
        self.spill.push(entry);
        self.count += 1;
        Ok(())
    }

    /// Takes an entry out if it is the last one and has a place.
    #[inline]
    fn pop(&mut self, entry: Entry) -> bool {
        let last = self.count.wrapping_sub(1);
        let found = self.inline.get(last) == Some(&entry);
        if found {
            self.count = last;
        }
        found
    }

    /// Takes any entry out. Returns memory that is not needed any more.
    fn remove(&mut self, entry: Entry) -> Vec<Entry> {
        let Some(last) = self.entries().next_back().copied() else { return Vec::new() };
        if last != entry {
            let (inline, spill) = (self.inline[..self.count.min(INLINE)].iter_mut(), self.spill.iter_mut());
            match inline.chain(spill).find(|held| **held == entry) {
                Some(held) => *held = last,
                None => return Vec::new(),
            }
        }
        self.count -= 1;
        self.spill.pop();
        if self.spill.is_empty() { mem::take(&mut *self.spill) } else { Vec::new() }
    }

    fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.inline[..self.count.min(INLINE)].iter().chain(self.spill.iter())
    }
}

/// How this thread holds the lease: `Exclusive` if it writes, `Shared` if it only reads, `None` if it does not hold it.
pub(super) fn mode_of(lease: usize) -> Option<Mode> {
    HELD.with(|held| {
        let held = held.borrow();
        let mut found = None;
        for entry in held.entries().filter(|entry| entry.lease == lease) {
            if entry.mode == Mode::Exclusive {
                return Some(Mode::Exclusive);
            }
            found = Some(Mode::Shared);
        }
        found
    })
}

/// Whether this thread holds any lease at all.
#[inline]
pub(crate) fn any() -> bool {
    HELD.with(|held| held.borrow().count != 0)
}

/// Notes a lease that this thread is about to enter, so that nothing can fail once it is inside.
///
/// # Errors
/// How many bytes there is no memory for.
#[inline]
pub(super) fn push(lease: usize, mode: Mode) -> Result<(), usize> {
    let entry = Entry { lease, mode };
    if HELD.with(|held| held.borrow_mut().push(entry)) { Ok(()) } else { spill(entry) }
}

#[cold]
fn spill(entry: Entry) -> Result<(), usize> {
    // What is left in it is freed after the borrow.
    let mut room = Vec::new();
    while let Err(wanted) = HELD.with(|held| held.borrow_mut().spill(entry, &mut room)) {
        room.try_reserve_exact(wanted).map_err(|_| wanted * size_of::<Entry>())?;
    }
    Ok(())
}

/// The thread has left the lease. The caller drops the result when it holds nothing.
#[inline]
#[must_use = "freeing it calls the allocator"]
pub(super) fn pop(lease: usize, mode: Mode) -> impl Sized {
    let entry = Entry { lease, mode };
    if HELD.with(|held| held.borrow_mut().pop(entry)) { Vec::new() } else { remove(entry) }
}

#[cold]
fn remove(entry: Entry) -> Vec<Entry> {
    HELD.with(|held| held.borrow_mut().remove(entry))
}
