//! The life of a thread, from the call that makes it to the call that joins it.
//!
//! A join of a thread waits for the destructors of its thread-locals too. The end of a scope does not: it waits for the
//! closures of its threads.

use super::identity::Tracker;
use crate::class::Kind;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::threads::clock::Before;
use crate::threads::local;
use crate::world;
use once_cell::race::OnceBox;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A thread. It holds `work` as long as others wait for it, because a thread that joins it waits for all that it waits
/// for.
#[derive(Debug)]
pub(crate) struct Life {
    work: Tracker,
    /// What the thread holds while its thread-locals go, if some wait for its closure only.
    rest: Option<Tracker>,
    place: Place,
    before: Before,
    end_of_work: OnceBox<Before>,
    end: OnceBox<Before>,
    /// Another thread has waited for its end.
    joined: AtomicBool,
}

impl Life {
    /// To be called by the thread that makes the thread.
    pub(crate) fn new(place: Place) -> Self {
        let before = local::current().map(world::fork_thread).unwrap_or_default();
        let (work, rest) = (Tracker::made_at(Kind::Join, place), None);
        Self {
            work,
            rest,
            place,
            before,
            end_of_work: OnceBox::new(),
            end: OnceBox::new(),
            joined: AtomicBool::new(false),
        }
    }

    /// The same for a thread of a scope.
    pub(crate) fn in_scope(place: Place) -> Self {
        Self { rest: Some(Tracker::made_at(Kind::Join, place)), ..Self::new(place) }
    }

    /// Runs what the thread is for. To be called by the thread itself. Of its thread-locals nothing is known.
    pub(crate) fn live<R>(&self, run: impl FnOnce() -> R) -> R {
        let _end = AtDrop(Some(|| self.ends()));
        self.begin();
        run()
    }

    /// The same for a thread of the system, with its thread-locals.
    pub(crate) fn live_long<R>(self: &Arc<Self>, run: impl FnOnce() -> R) -> R {
        let _end = AtDrop(Some(|| {
            if let (Some(rest), Some(record)) = (&self.rest, local::current()) {
                // Only this thread sets it.
                let _ = self.end_of_work.set(Box::new(world::end_work(record)));
                self.work.release(Mode::Exclusive);
                rest.is_awaited(self.place);
            }
            let life = self.clone();
            local::at_end(Box::new(move || life.ends()));
        }));
        self.begin();
        run()
    }

    fn begin(&self) {
        if let Some(record) = local::current() {
            world::begin_thread(record, &self.before);
        }
        self.work.is_awaited(self.place);
    }

    fn ends(&self) {
        // Threads of scopes that ended wait for nothing here: others can be made at any rate meanwhile.
        if let Some(record) = local::current().filter(|record| self.rest.is_none() || record.has_news()) {
            // Only this thread sets it.
            let _ = self.end.set(Box::new(world::end_thread(record)));
        }
        self.rest.as_ref().unwrap_or(&self.work).release(Mode::Exclusive);
    }

    /// Waits with `join` until the thread has ended.
    pub(crate) fn join<R>(&self, place: Place, join: impl FnOnce() -> R) -> R {
        if let Some(rest) = &self.rest {
            rest.ask(Mode::Exclusive, Wait::Block, place);
        }
        let result = self.work.wait(Wait::Block, place, join);
        self.joined_after(self.end.get().or(self.end_of_work.get()));
        result
    }

    /// The caller is going to wait until the thread has ended. In this run it may have ended before, by luck.
    pub(crate) fn expect_end(&self, place: Place) {
        if !self.is_joined() {
            self.work.ask(Mode::Exclusive, Wait::Block, place);
        }
    }

    /// Whether another thread has waited for its end.
    pub(crate) fn is_joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    /// The caller has waited until the thread ended, or its closure, if it is one of a scope.
    pub(crate) fn ended(&self) {
        self.joined_after(self.end_of_work.get().or(self.end.get()));
    }

    fn joined_after(&self, end: Option<&Before>) {
        self.joined.store(true, Ordering::Relaxed);
        if let (Some(record), Some(end)) = (local::current(), end) {
            world::join_thread(record, end);
        }
    }
}

/// A step to be taken also if a panic unwinds.
struct AtDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for AtDrop<F> {
    fn drop(&mut self) {
        if let Some(step) = self.0.take() {
            step();
        }
    }
}
