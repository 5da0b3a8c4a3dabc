//! What a thread has yet to learn.
//!
//! The checker allocates. So a thread that holds a lock of the allocator cannot learn: it would wait for itself. It
//! notes a few chains here, and the next thread that comes to the checker learns them.

use crate::acquisition::Acquisition;
use crate::leaf::LATER;
use crate::leaf::atomic::{AtomicU64, Ordering};
use crate::mode::Wait;
use crate::place::Place;
use crate::threads::slot::Slot;
use crate::word::Word;
use std::array;
use std::sync::atomic::AtomicUsize;

/// How many chains are noted. Not one of loom's: it is no part of a record.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Whether a thread has something to learn.
pub(crate) fn is_any() -> bool {
    WAITING.load(Ordering::Relaxed) > 0
}

/// A chain that is not learned yet. The thread fills it, and one thread at a time empties it, inside the checker.
#[derive(Debug)]
pub(crate) struct Later {
    /// What the thread held, and then what it wanted.
    chain: [Slot; LATER],
    /// How many of these are filled, twice, and whether the thread would have given up. 0 is no chain.
    filled: AtomicU64,
}

impl Later {
    pub(crate) fn empty() -> Self {
        Self { chain: array::from_fn(|_| Slot::empty()), filled: AtomicU64::new(0) }
    }

    /// Notes a chain. Returns `false` if there is no room for it.
    pub(crate) fn note(&self, held: &[Slot], wanted: Word, place: Place, wait: Wait) -> bool {
        if self.filled.load(Ordering::Acquire) != 0 || held.len() >= LATER {
            return false;
        }
        for (to, from) in self.chain.iter().zip(held) {
            to.move_from(from);
        }
        self.chain[held.len()].store(wanted, place);
        let filled = held.len() as u64 + 1;
        self.filled.store(filled << 1 | u64::from(wait == Wait::Timed), Ordering::Release);
        WAITING.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Takes the chain out: what was held, what was wanted, and how.
    pub(crate) fn take(&self) -> Option<(Vec<Acquisition>, Acquisition, Wait)> {
        let filled = self.filled.load(Ordering::Acquire);
        if filled == 0 {
            return None;
        }
        let mut chain: Vec<_> = self.chain[..(filled >> 1) as usize].iter().filter_map(Slot::load).collect();
        self.filled.store(0, Ordering::Release);
        WAITING.fetch_sub(1, Ordering::Relaxed);
        let wanted = chain.pop()?;
        Some((chain, wanted, if filled & 1 == 0 { Wait::Block } else { Wait::Timed }))
    }
}
