//! What this folder counts. A session reads the counts and logs them. This folder logs nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One counter. No code decides anything by a counter, so relaxed accesses suffice, and models do not see counters.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn bump(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn take_back(&self) {
        self.sub(1);
    }

    pub(crate) fn sub(&self, n: u64) {
        self.0.fetch_sub(n, Ordering::Relaxed);
    }

    /// The count. A gauge reads 0 if its decrement overtook its increment.
    pub(crate) fn get(&self) -> u64 {
        Self::sum([self])
    }

    /// The count that several counters have together.
    pub(crate) fn sum<'c>(counters: impl IntoIterator<Item = &'c Self>) -> u64 {
        let sum = counters.into_iter().fold(0_u64, |sum, counter| sum.wrapping_add(counter.0.load(Ordering::Relaxed)));
        sum.cast_signed().max(0).cast_unsigned()
    }
}

/// The counts of one session's memory. `core::Degraded` says what each means.
#[derive(Debug, Default)]
pub(crate) struct MemoryCounters {
    pub(crate) limits_reached: Counter,
    pub(crate) unlocked_pages: Counter,
    pub(crate) dumpable_pages: Counter,
    pub(crate) inheritable_pages: Counter,
    pub(crate) unguarded_pages: Counter,
    pub(crate) unhidden_pages: Counter,
    pub(crate) corrupted_buffers: Counter,
    pub(crate) dirty_slots: Counter,
    pub(crate) unwiped_slots: Counter,
    pub(crate) leaked_slots: Counter,
    pub(crate) lost_places: Counter,
    pub(crate) poison_recoveries: Counter,
    /// Whether something was counted and is not logged yet.
    news: AtomicBool,
}

impl MemoryCounters {
    /// Counts `n` outcomes that are to be logged. The thread that [takes](Self::take_news) this news sees the count.
    pub(crate) fn note(&self, counter: &Counter, n: u64) {
        counter.add(n);
        self.news.store(true, Ordering::Release);
    }

    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.news.load(Ordering::Relaxed)
    }

    /// Whether there is news. From now on there is none.
    pub(crate) fn take_news(&self) -> bool {
        self.news.swap(false, Ordering::Acquire)
    }
}
