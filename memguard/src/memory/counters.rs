//! What this folder counts. A session reads the counts; nothing in here tells anybody.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One counter. Counters only observe: nothing decides by them, so relaxed memory is enough, and models do not see
/// them.
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
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The count. A gauge whose decrement overtook its increment stands at 0.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed).cast_signed().max(0).cast_unsigned()
    }
}

/// Whether something was counted that nobody was told of yet.
#[derive(Debug, Default)]
pub(crate) struct News(AtomicBool);

impl News {
    /// Something was counted. Whoever [takes](Self::take) this news sees the count.
    pub(crate) fn arrive(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether there is news. From now on there is none.
    pub(crate) fn take(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Acquire)
    }
}

/// The counts of one session's memory. `core::Degraded` says what each means.
#[derive(Debug, Default)]
pub(crate) struct MemoryCounters {
    pub(crate) limits_reached: Counter,
    pub(crate) unlocked_pages: Counter,
    pub(crate) inheritable_pages: Counter,
    pub(crate) corrupted_buffers: Counter,
    pub(crate) dirty_slots: Counter,
    pub(crate) unwiped_slots: Counter,
    pub(crate) leaked_slots: Counter,
    pub(crate) lost_places: Counter,
    pub(crate) poison_recoveries: Counter,
    pub(crate) news: News,
}

impl MemoryCounters {
    /// Counts `n` outcomes that are to be told.
    pub(crate) fn note(&self, counter: &Counter, n: u64) {
        counter.add(n);
        self.news.arrive();
    }
}
