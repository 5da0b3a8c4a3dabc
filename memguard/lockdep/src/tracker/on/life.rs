//! The life of a thread, from the call that makes it to the call that joins it.

use super::identity::Tracker;
use crate::class::Kind;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::threads::clock::Before;
use crate::threads::local;
use crate::world;
use once_cell::race::OnceBox;
use std::sync::atomic::{AtomicBool, Ordering};

/// A thread. It holds `join` as long as it lives, because a thread that joins it waits for all that it waits for.
#[derive(Debug)]
pub(crate) struct Life {
    join: Tracker,
    place: Place,
    before: Before,
    end: OnceBox<Before>,
    /// Another thread has waited for its end.
    joined: AtomicBool,
}

impl Life {
    /// To be called by the thread that makes the thread.
    pub(crate) fn new(place: Place) -> Self {
        let before = local::current().map(world::fork_thread).unwrap_or_default();
        let join = Tracker::made_at(Kind::Join, place);
        Self { join, place, before, end: OnceBox::new(), joined: AtomicBool::new(false) }
    }

    /// Runs what the thread is for. To be called by the thread itself.
    pub(crate) fn live<R>(&self, run: impl FnOnce() -> R) -> R {
        struct End<'a>(&'a Life);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                if let Some(record) = local::current() {
                    // Only this thread sets it.
                    let _ = self.0.end.set(Box::new(world::end_thread(record)));
                }
                self.0.join.release(Mode::Exclusive);
            }
        }
        if let Some(record) = local::current() {
            world::begin_thread(record, &self.before);
        }
        self.join.held(Mode::Exclusive, self.place);
        let _end = End(self);
        run()
    }

    /// Waits with `join` until the thread has ended.
    pub(crate) fn join<R>(&self, place: Place, join: impl FnOnce() -> R) -> R {
        let result = self.join.wait(Wait::Block, place, join);
        self.ended();
        result
    }

    /// The caller is going to wait until the thread has ended. In this run it may have ended before, by luck.
    pub(crate) fn expect_end(&self, place: Place) {
        if !self.is_joined() {
            self.join.ask(Mode::Exclusive, Wait::Block, place);
        }
    }

    /// Whether another thread has waited for its end.
    pub(crate) fn is_joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    /// The caller has waited until the thread ended.
    pub(crate) fn ended(&self) {
        self.joined.store(true, Ordering::Relaxed);
        if let (Some(record), Some(end)) = (local::current(), self.end.get()) {
            world::join_thread(record, end);
        }
    }
}
