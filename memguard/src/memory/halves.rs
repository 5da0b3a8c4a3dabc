//! Where the halves of keys lie. The sessions of a process share pages for them, so that an idle session locks 64 bytes
//! and not two pages.
//!
//! ```text
//!   | guard page | left c left c left c … left canary | guard page |       pages of left halves
//!   | guard page | right c right c right c … canary | guard page |         and of right ones, elsewhere
//! ```
//!
//! All left halves lie on pages of one pool, and all right ones on pages of another. So no one over-read yields both
//! halves of a key. A page is shared only if every control works for it. A session for which there is no such page has
//! two pages of its own, with the controls that it asks for.

use super::error::MemoryError;
use super::pool::{Pool, Scratch};
use super::slot::Slot;
use super::system::Footprint;
use crate::sync::{Process, leaf};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The pools of this process: those of ordinary pages, and those of pages that are hidden from the kernel. Null before
/// the first use.
static SHARED: [AtomicPtr<Shared>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];

#[derive(Debug)]
struct Shared {
    process: Process,
    left: Pool,
    right: Pool,
}

/// One half of a key, all zero at first. Wiped when it is dropped.
#[derive(Debug)]
pub(crate) enum Half {
    /// On a page of its own.
    Own(Slot),
    /// On a page with halves of other sessions.
    Shared(Scratch<'static>),
}

impl Half {
    /// The left and the right half of one key of a session with this pool, each so long.
    pub(crate) fn pair(pool: &Pool, len: usize) -> Result<(Self, Self), MemoryError> {
        let shared = Shared::for_sessions_like(pool);
        let pair = |shared: &'static Shared| Some((shared.left.place(len).ok()?, shared.right.place(len).ok()?));
        if let Some((left, right)) = shared.and_then(pair) {
            return Ok((Self::Shared(left), Self::Shared(right)));
        }
        Ok((Self::Own(pool.take_pages(len)?), Self::Own(pool.take_pages(len)?)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(slot) => slot.bytes(),
            Self::Shared(place) => place,
        }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Own(slot) => slot.bytes_mut(),
            Self::Shared(place) => place,
        }
    }
}

/// The pages that sessions of this process share for their keys.
pub(crate) fn key_pages() -> Footprint {
    let all = [false, true].into_iter().filter_map(Shared::of_this_process);
    let pools = all.flat_map(|shared| [&shared.left, &shared.right]);
    pools.map(|pool| pool.backend().footprint()).fold(Footprint::default(), |sum, one| Footprint {
        slots: sum.slots + one.slots,
        data_bytes: sum.data_bytes + one.data_bytes,
        locked_bytes: sum.locked_bytes + one.locked_bytes,
    })
}

impl Shared {
    /// `None` for sessions that share no pages: those on pages that are not of the process.
    fn for_sessions_like(pool: &Pool) -> Option<&'static Self> {
        let system = pool.backend();
        if !leaf::HAS_STATICS || !system.is_of_the_process() {
            return None;
        }
        Self::of_this_process(system.hides()).or_else(|| Self::add(pool))
    }

    /// A forked child has none of its parent: threads of the parent may have held their locks.
    fn of_this_process(hides: bool) -> Option<&'static Self> {
        // SAFETY: what was published is never freed.
        let shared = unsafe { SHARED[usize::from(hides)].load(Ordering::Acquire).as_ref() };
        shared.filter(|shared| shared.process.is_current())
    }

    fn add(pool: &Pool) -> Option<&'static Self> {
        let new = Self { process: Process::current(), left: pool.for_halves().ok()?, right: pool.for_halves().ok()? };
        let new = Box::into_raw(Box::new(new));
        let hides = pool.backend().hides();
        let place = &SHARED[usize::from(hides)];
        let found = place.load(Ordering::Acquire);
        // SAFETY: what was published is never freed.
        let of_a_parent = unsafe { found.as_ref() }.is_none_or(|shared| !shared.process.is_current());
        if !of_a_parent || place.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // Another thread was faster.
            // SAFETY: the pointer comes from a box, and was not published.
            drop(unsafe { Box::from_raw(new) });
        }
        Self::of_this_process(hides)
    }
}
