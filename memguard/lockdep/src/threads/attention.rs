//! Whether a thread has to look at itself after a release. Most threads never have to.

use crate::leaf::atomic::{AtomicU64, Ordering};

const ORPHAN: u64 = 1 << 32;
/// The lower bits: how many of the locks that the thread holds are looked at.
const DEPTH: u64 = ORPHAN - 1;

/// What a thread has to look after. Only the thread itself and those that hand the record on change it.
#[derive(Debug)]
pub(crate) struct Attention {
    state: AtomicU64,
    /// What identifies the locks that are looked at.
    mark: AtomicU64,
}

impl Attention {
    pub(crate) fn none() -> Self {
        Self { state: AtomicU64::new(0), mark: AtomicU64::new(0) }
    }

    #[inline]
    pub(crate) fn is_needed(&self) -> bool {
        self.state.load(Ordering::Relaxed) != 0
    }

    /// Whether the thread cannot return the record as it ends. So it returns the record whenever it holds nothing.
    pub(crate) fn is_orphan(&self) -> bool {
        self.state.load(Ordering::Relaxed) & ORPHAN != 0
    }

    /// To be called as a thread gets the record, and as it ends.
    pub(crate) fn set_orphan(&self, is_orphan: bool) {
        let depth = self.state.load(Ordering::Relaxed) & DEPTH;
        self.state.store(depth | if is_orphan { ORPHAN } else { 0 }, Ordering::Relaxed);
    }

    /// The first so many locks that the thread holds are looked at from now on.
    pub(crate) fn watch(&self, depth: usize, mark: u64) {
        let orphan = self.state.load(Ordering::Relaxed) & ORPHAN;
        self.mark.store(mark, Ordering::Relaxed);
        self.state.store(orphan | depth as u64, Ordering::Relaxed);
    }

    /// How many locks are looked at, and what identifies them.
    pub(crate) fn watched(&self) -> (usize, u64) {
        ((self.state.load(Ordering::Relaxed) & DEPTH) as usize, self.mark.load(Ordering::Relaxed))
    }
}
