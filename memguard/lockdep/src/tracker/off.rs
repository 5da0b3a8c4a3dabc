//! No checks.

use crate::class::Kind;
use crate::messages::Rule;
use crate::mode::{Mode, Wait};
use crate::place::Place;

/// Nothing.
#[derive(Debug)]
pub(crate) struct Tracker;

#[allow(clippy::unused_self, reason = "the same signatures as with checks")]
impl Tracker {
    pub(crate) const fn made_at(_: Kind, _: Place) -> Self {
        Self
    }

    pub(crate) const fn unplaced(_: Kind) -> Self {
        Self
    }

    pub(crate) const fn named(_: Kind, _: &'static str) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn acquire(&self, _: Mode, _: Place, _: impl FnOnce() -> bool, block: impl FnOnce()) {
        block();
    }

    #[inline]
    pub(crate) fn acquire_nested(&self, _: u32, _: Mode, _: Place, _: impl FnOnce() -> bool, block: impl FnOnce()) {
        block();
    }

    #[inline]
    pub(crate) fn ask_to_try(&self, _: Mode, _: Place) -> Asked {
        Asked
    }

    #[inline]
    pub(crate) fn ask_to_take(&self, _: u32, _: Mode, _: Place) -> Asked {
        Asked
    }

    #[inline]
    pub(crate) fn acquire_timed(
        &self,
        _: Mode,
        _: Place,
        _: impl FnOnce() -> bool,
        wait: impl FnOnce() -> bool,
    ) -> bool {
        wait()
    }

    #[inline]
    pub(crate) fn try_acquire(&self, _: Mode, _: Place, try_now: impl FnOnce() -> bool) -> bool {
        try_now()
    }

    #[inline]
    pub(crate) fn upgrade(&self, _: Place, _: impl FnOnce() -> bool, block: impl FnOnce()) {
        block();
    }

    #[inline]
    pub(crate) fn upgrade_timed(&self, _: Place, wait: impl FnOnce() -> bool) -> bool {
        wait()
    }

    #[inline]
    pub(crate) fn taken(&self, _: Mode, _: Place) -> Taken {
        Taken
    }

    #[inline(always)]
    pub(crate) fn given_up(&self, _: Mode, _: Place) {}

    #[inline]
    pub(crate) fn held(&self, _: Mode, _: Place) {}

    #[inline]
    pub(crate) fn release(&self, _: Mode) {}

    #[inline]
    pub(crate) fn release_shared(&self) {}

    #[inline]
    pub(crate) fn changed(&self, _: Mode, _: Mode, _: Place) {}

    #[inline]
    pub(crate) fn wait<R>(&self, _: Wait, _: Place, wait: impl FnOnce() -> R) -> R {
        wait()
    }

    #[inline]
    pub(crate) fn released_during<R>(&self, _: Mode, _: Place, wait: impl FnOnce() -> R) -> R {
        wait()
    }

    #[inline]
    pub(crate) fn could_wait_for(&self, _: &Tracker, _: Mode, _: Wait, _: Place) {}

    #[inline]
    pub(crate) fn bump(&self, _: Mode, _: Place, bump: impl FnOnce()) {
        bump();
    }

    pub(crate) fn sleep(&self, _: Mode, _: Place) -> Asleep {
        Asleep
    }

    #[inline]
    pub(crate) fn writes(&self, _: Place) {}

    #[inline]
    pub(crate) fn ask(&self, _: Mode, _: Wait, _: Place) {}

    #[inline]
    pub(crate) fn now() -> u64 {
        0
    }

    #[inline]
    pub(crate) fn notify_since(&self, _: u64, _: Place) {}

    #[inline]
    pub(crate) fn notify(&self, _: Place) {}

    #[inline]
    pub(crate) fn signal(&self, _: Place) {}

    #[inline]
    pub(crate) fn wait_for_signal<R>(&self, _: Wait, _: Place, wait: impl FnOnce() -> R) -> R {
        wait()
    }

    #[inline]
    pub(crate) fn give(&self, _: Rule, _: u64, _: Place) {}

    #[inline]
    pub(crate) fn wait_for_next<R>(&self, _: Rule, _: Wait, _: Place, wait: impl FnOnce() -> R) -> R {
        wait()
    }

    #[inline]
    pub(crate) fn took(&self, _: Rule, _: bool, _: Place) {}

    #[inline]
    pub(crate) fn leaves(&self, _: Rule, _: Place) {}

    #[inline]
    pub(crate) fn all_left(&self, _: Rule, _: Place) {}
}

/// Nothing.
#[derive(Debug)]
pub(crate) struct Life;

#[allow(clippy::unused_self, reason = "the same signatures as with checks")]
impl Life {
    pub(crate) fn new(_: Place) -> Self {
        Self
    }

    pub(crate) fn in_scope(_: Place) -> Self {
        Self
    }

    pub(crate) fn live<R>(&self, run: impl FnOnce() -> R) -> R {
        run()
    }

    pub(crate) fn live_long<R>(&self, run: impl FnOnce() -> R) -> R {
        run()
    }

    pub(crate) fn join<R>(&self, _: Place, join: impl FnOnce() -> R) -> R {
        join()
    }

    pub(crate) fn expect_end(&self, _: Place) {}

    pub(crate) fn is_joined(&self) -> bool {
        false
    }

    pub(crate) fn ended(&self) {}
}

/// Nothing.
#[derive(Debug)]
pub(crate) struct Initialised;

#[allow(clippy::unused_self, reason = "the same signatures as with checks")]
impl Initialised {
    pub(crate) const fn not_yet() -> Self {
        Self
    }

    pub(crate) fn ends(&self, _: &Tracker) {}

    pub(crate) fn passed(&self, _: &Tracker) {}

    pub(crate) fn could_wait(&self) -> bool {
        false
    }
}

/// Nothing.
#[derive(Debug)]
pub(crate) struct Asleep;

impl Asleep {
    pub(crate) fn wake(&mut self) {}
}

/// Nothing.
#[derive(Debug)]
pub(crate) struct Taken;

impl Taken {
    #[inline]
    pub(crate) fn release(self) {}
}

/// Nothing.
pub(crate) struct Asked;

impl Asked {
    #[inline]
    pub(crate) fn taken(self) {}

    #[inline]
    pub(crate) fn failed(self) {}

    #[inline]
    pub(crate) fn taken_after<R>(self, wait: impl FnOnce() -> R) -> R {
        wait()
    }
}
