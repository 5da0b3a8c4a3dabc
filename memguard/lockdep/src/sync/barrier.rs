//! A barrier.

use super::BarrierWaitResult;
use crate::class::Kind;
use crate::messages::Rule;
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
    rule: Rule,
}

impl Barrier {
    /// A barrier for this many threads. Its class is the place of this call.
    #[track_caller]
    pub const fn new(threads: usize) -> Self {
        let rule = Rule::Rounds { parties: threads as u64 };
        Self { tracker: Tracker::made_at(Kind::Barrier, Place::caller()), inner: sync::Barrier::new(threads), rule }
    }

    /// See [`std::sync::Barrier::wait`].
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let place = Place::caller();
        self.tracker.give(self.rule, 0, place);
        let result = self.tracker.wait_for_next(self.rule, Wait::Block, place, || self.inner.wait());
        self.tracker.took(self.rule, true, place);
        result
    }
}
