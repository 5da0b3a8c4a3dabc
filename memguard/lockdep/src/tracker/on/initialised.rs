//! Which threads could have waited for an initialiser that has ended.

use crate::threads::local;
use crate::world;
use std::sync::atomic::{AtomicU64, Ordering};

/// An initialiser that runs once. Who comes when it has ended did not wait for it, but might have in another run.
#[derive(Debug)]
pub(crate) struct Initialised {
    /// The number of its thread. 0 as long as it has not ended.
    by: AtomicU64,
    /// The highest number of a thread that was known as it ended.
    beside: AtomicU64,
}

impl Initialised {
    pub(crate) const fn not_yet() -> Self {
        Self { by: AtomicU64::new(0), beside: AtomicU64::new(0) }
    }

    /// To be called by the thread that initialises, at the end.
    pub(crate) fn ends(&self) {
        if let Some(record) = local::current() {
            self.beside.store(world::threads_so_far(), Ordering::Relaxed);
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
}
