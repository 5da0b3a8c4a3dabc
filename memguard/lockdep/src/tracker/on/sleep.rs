//! A thread that sleeps, for others to see.

use super::identity::Tracker;
use crate::mode::Mode;
use crate::place::Place;
use crate::statistics::switch;
use crate::statistics::table::Outcome;
use crate::threads::local;
use crate::threads::record::Record;
use crate::time;
use crate::word::Word;
use crate::world;

impl Tracker {
    /// The thread sleeps for the lock until the value returned is dropped.
    pub(crate) fn sleep(&self, mode: Mode, place: Place) -> Asleep {
        Asleep::new(local::current(), self.word(place).held(mode), place)
    }
}

/// Waits with `wait`. Says how long that took, if threads count.
#[cold]
pub(super) fn sleep<R>(record: &'static Record, lock: Word, place: Place, wait: impl FnOnce() -> R) -> (R, Outcome) {
    let begun = if switch::is_on() { time::now() } else { 0 };
    let asleep = Asleep::new(Some(record), lock, place);
    let result = wait();
    drop(asleep);
    let waited = if begun > 0 { time::now() - begun } else { 0 };
    (result, Outcome::Contended(waited))
}

/// A thread that sleeps. Without a record it is inside the checker.
#[derive(Debug)]
pub(crate) struct Asleep {
    record: Option<&'static Record>,
    lock: Word,
    since: u64,
    /// The thread sleeps for something else already, and for this on the way. The first one is shown.
    inner: bool,
}

impl Asleep {
    pub(super) fn new(record: Option<&'static Record>, lock: Word, place: Place) -> Self {
        let (since, inner) = (time::now(), record.is_some_and(Record::is_waiting));
        if let Some(record) = record.filter(|_| !inner) {
            record.set_waits(lock, place, since);
            world::falls_asleep();
        }
        Self { record, lock, since, inner }
    }

    /// The thread is awake, and does not ask for the lock any more.
    pub(crate) fn wake(&mut self) {
        if let Some(record) = self.record {
            if switch::is_on() {
                record.note_sleep(self.lock, self.since);
            }
            self.end();
            local::settle(record);
        }
    }

    fn end(&mut self) {
        if let Some(record) = self.record.take().filter(|_| !self.inner) {
            record.clear_waits();
        }
    }
}

impl Drop for Asleep {
    fn drop(&mut self) {
        self.end();
    }
}
