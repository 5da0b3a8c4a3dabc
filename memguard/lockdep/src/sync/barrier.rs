//! A barrier.

use super::BarrierWaitResult;
use crate::class::Kind;
use crate::mode::Wait;
use crate::place::Place;
use crate::tracker::Tracker;
use std::sync;

/// [`std::sync::Barrier`] with checks. Each thread that comes is waited for by those that are there.
///
/// ```
/// let barrier = memguard_lockdep::sync::Barrier::new(1);
/// assert!(barrier.wait().is_leader());
/// ```
#[derive(Debug)]
pub struct Barrier {
    tracker: Tracker,
    inner: sync::Barrier,
}

impl Barrier {
    /// A barrier for this many threads. Its class is the place of this call.
    #[track_caller]
    pub const fn new(threads: usize) -> Self {
        Self { tracker: Tracker::made_at(Kind::Barrier, Place::caller()), inner: sync::Barrier::new(threads) }
    }

    /// See [`std::sync::Barrier::wait`].
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let place = Place::caller();
        self.tracker.notify(place);
        self.tracker.wait(Wait::Block, place, || self.inner.wait())
    }
}
