//! How a thread takes a lock.

use super::ask::ask;
use super::count::count;
use super::identity::Tracker;
use super::release::Taken;
use super::sleep::{Asleep, sleep};
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::statistics::switch;
use crate::statistics::table::Outcome;
use crate::threads::local;
use crate::threads::record::Record;
use crate::word::Word;

impl Tracker {
    /// Takes the lock with `try_now` if it is free. Otherwise waits for it with `block`.
    #[inline(always)]
    pub(crate) fn acquire(&self, mode: Mode, place: Place, try_now: impl FnOnce() -> bool, block: impl FnOnce()) {
        match self.record() {
            Some(record) => {
                let lock = self.word(place).held(mode);
                let outcome = acquire_as(record, lock, place, false, try_now, block);
                take(record, lock, place, outcome);
            }
            None => block(),
        }
    }

    /// The same, for a lock whose class is told apart from that of other locks made at the same place.
    pub(crate) fn acquire_nested(
        &self,
        subclass: u32,
        mode: Mode,
        place: Place,
        try_now: impl FnOnce() -> bool,
        block: impl FnOnce(),
    ) {
        let Some(record) = self.record() else { return block() };
        let lock = self.word(place).held(mode).with_class(self.class(place, subclass));
        let outcome = acquire_as(record, lock, place, false, try_now, block);
        take(record, lock, place, outcome);
    }

    /// A try in steps, for locks whose guards are values.
    #[inline]
    pub(crate) fn ask_to_try(&self, mode: Mode, place: Place) -> Asked {
        // Before the lock is taken, as both may allocate, and the lock may be that of the allocator.
        Asked(self.record().map(|record| (record, self.word(place).held(mode), place)))
    }

    /// The same in steps, for locks whose guards are values.
    #[inline(always)]
    pub(crate) fn ask_to_take(&self, subclass: u32, mode: Mode, place: Place) -> Asked {
        let Some(record) = self.record() else { return Asked(None) };
        let mut lock = self.word(place).held(mode);
        if subclass > 0 {
            lock = lock.with_class(self.class(place, subclass));
        }
        ask(record, lock, place, Wait::Block, false);
        Asked(Some((record, lock, place)))
    }

    /// Takes the lock with `try_now` if it is free. Otherwise waits for it with `wait`, which may give up.
    #[inline]
    pub(crate) fn acquire_timed(
        &self,
        mode: Mode,
        place: Place,
        try_now: impl FnOnce() -> bool,
        wait: impl FnOnce() -> bool,
    ) -> bool {
        let Some(record) = self.record() else { return wait() };
        let lock = self.word(place).held(mode);
        ask(record, lock, place, Wait::Timed, false);
        let (taken, outcome) = if try_now() { (true, Outcome::Acquired) } else { sleep(record, lock, place, wait) };
        match outcome {
            _ if taken => take(record, lock, place, outcome),
            Outcome::Contended(waited) if switch::is_on() => {
                count(record, lock, place, Outcome::TimedOut(waited));
            }
            _ => {}
        }
        local::settle(record);
        taken
    }

    /// Takes the lock with `try_now`, if it is free.
    #[inline]
    pub(crate) fn try_acquire(&self, mode: Mode, place: Place, try_now: impl FnOnce() -> bool) -> bool {
        let asked = self.ask_to_try(mode, place);
        let taken = try_now();
        if taken {
            asked.taken();
        } else {
            asked.failed();
        }
        taken
    }

    /// Becomes the only holder of a lock that this thread holds upgradable.
    pub(crate) fn upgrade(&self, place: Place, try_now: impl FnOnce() -> bool, block: impl FnOnce()) {
        let Some(record) = local::current() else { return block() };
        let lock = self.word(place).held(Mode::Exclusive);
        acquire_as(record, lock, place, true, try_now, block);
        self.changed(Mode::Upgradable, Mode::Exclusive, place);
    }

    /// The same with a wait that may give up.
    pub(crate) fn upgrade_timed(&self, place: Place, wait: impl FnOnce() -> bool) -> bool {
        let Some(record) = local::current() else { return wait() };
        let lock = self.word(place).held(Mode::Exclusive);
        ask(record, lock, place, Wait::Timed, true);
        let asleep = Asleep::new(Some(record), lock, place);
        let upgraded = wait();
        drop(asleep);
        if upgraded {
            self.changed(Mode::Upgradable, Mode::Exclusive, place);
        }
        upgraded
    }

    /// Notes that this thread has taken the lock.
    #[inline]
    pub(crate) fn held(&self, mode: Mode, place: Place) {
        if let Some(record) = local::current() {
            take(record, self.word(place).held(mode), place, Outcome::Acquired);
        }
    }

    /// Notes that this thread is what others wait for. No notification needs that.
    pub(crate) fn is_awaited(&self, place: Place) {
        if let Some(record) = local::current() {
            record.push(self.word(place).held(Mode::Exclusive), place);
        }
    }

    /// The same, for those that release a lock that they cannot reach.
    #[inline]
    pub(crate) fn taken(&self, mode: Mode, place: Place) -> Taken {
        let Some(record) = local::current() else { return Taken(None) };
        let lock = self.word(place).held(mode);
        let slept = if switch::is_on() { record.take_sleep(lock) } else { None };
        take(record, lock, place, slept.map_or(Outcome::Acquired, Outcome::Contended));
        Taken(Some(lock))
    }

    /// Notes that this thread has asked for the lock and does not get it.
    pub(crate) fn given_up(&self, mode: Mode, place: Place) {
        if switch::is_on()
            && let Some(record) = local::current()
        {
            let lock = self.word(place).held(mode);
            count(record, lock, place, record.take_sleep(lock).map_or(Outcome::Failed, Outcome::TimedOut));
            local::settle(record);
        }
    }
}

#[inline(always)]
fn acquire_as(
    record: &'static Record,
    lock: Word,
    place: Place,
    upgrades: bool,
    try_now: impl FnOnce() -> bool,
    block: impl FnOnce(),
) -> Outcome {
    ask(record, lock, place, Wait::Block, upgrades);
    if try_now() { Outcome::Acquired } else { sleep(record, lock, place, block).1 }
}

#[inline(always)]
pub(super) fn take(record: &'static Record, lock: Word, place: Place, outcome: Outcome) {
    record.push(lock, place);
    record.note_recent(lock, place);
    if switch::is_on() {
        count(record, lock, place, outcome);
    }
}

/// A lock that a thread has asked for. Without a record it is inside the checker.
pub(crate) struct Asked(Option<(&'static Record, Word, Place)>);

impl Asked {
    /// It was free, and the thread has it.
    #[inline(always)]
    pub(crate) fn taken(self) {
        if let Some((record, lock, place)) = self.0 {
            take(record, lock, place, Outcome::Acquired);
        }
    }

    /// It was not free, and the thread does not wait.
    pub(crate) fn failed(self) {
        if let Some((record, lock, place)) = self.0 {
            if switch::is_on() {
                count(record, lock, place, Outcome::Failed);
            }
            local::settle(record);
        }
    }

    /// The thread has it after it has waited with `wait`.
    #[cold]
    pub(crate) fn taken_after<R>(self, wait: impl FnOnce() -> R) -> R {
        let Some((record, lock, place)) = self.0 else { return wait() };
        let (result, outcome) = sleep(record, lock, place, wait);
        take(record, lock, place, outcome);
        result
    }
}
