//! Which threads could have waited for an initialiser that has ended, and which have passed it.

use super::ask::{Chain, PASSES};
use super::identity::Tracker;
use crate::threads::local;
use crate::world::notification;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// An initialiser that runs once. Who comes when it has ended did not wait for it, but might have in another run.
#[derive(Debug)]
pub(crate) struct Initialised {
    /// The number of its thread. 0 as long as it has not ended.
    by: AtomicU64,
    /// The highest number of a thread that was known as it ended.
    beside: AtomicU64,
    /// Something was learned inside.
    orders: AtomicBool,
}

impl Initialised {
    pub(crate) const fn not_yet() -> Self {
        Self { by: AtomicU64::new(0), beside: AtomicU64::new(0), orders: AtomicBool::new(false) }
    }

    /// To be called by the thread that initialises, at the end.
    pub(crate) fn ends(&self, tracker: &Tracker) {
        if let Some(record) = local::current() {
            let (beside, orders) = notification::initialised(tracker.known_word());
            self.orders.store(orders, Ordering::Relaxed);
            self.beside.store(beside, Ordering::Relaxed);
            self.by.store(record.number(), Ordering::Release);
        }
    }

    /// Whether this thread could have come while the initialiser ran. Of a thread that nobody knew then, and of whose
    /// beginning nothing is known, it is not to be said: most are made afterwards.
    pub(crate) fn could_wait(&self) -> bool {
        let by = self.by.load(Ordering::Acquire);
        if by == 0 {
            return true;
        }
        let Some(record) = local::current() else { return false };
        let was_known = record.number() <= self.beside.load(Ordering::Relaxed);
        record.number() != by && (was_known || record.has_known_beginning())
    }

    /// To be called by a thread that has waited for the initialiser, or would have.
    pub(crate) fn passed(&self, tracker: &Tracker) {
        if !self.orders.load(Ordering::Relaxed) {
            return;
        }
        let Some(record) = local::current() else { return };
        let once = tracker.known_word();
        if !record.knows(Chain::new(record, once.0, PASSES).0) && !record.is_in_allocator() {
            notification::passed(record, once);
            record.learn(Chain::new(record, once.0, PASSES).0);
        }
    }
}
