//! How a thread releases a lock and takes it again.

use super::ask::ask;
use super::identity::Tracker;
use super::release::Taken;
use super::take::take;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::statistics::table::Outcome;
use crate::word::Word;

impl Tracker {
    /// Waits with `wait`, which releases the lock and takes it again. The class stays the one that it is held under.
    pub(crate) fn released_during<R>(&self, mode: Mode, place: Place, wait: impl FnOnce() -> R) -> R {
        let Some(record) = self.record() else { return wait() };
        let lock = self.word(place).held(mode);
        let lock = record.last_hold_of(lock.instance()).unwrap_or(lock);
        Taken(Some(lock)).release();
        self.ask_again(lock, place);
        let result = wait();
        if let Some(record) = self.record() {
            take(record, lock, place, Outcome::Acquired);
        }
        result
    }

    fn ask_again(&self, lock: Word, place: Place) {
        if let Some(record) = self.record() {
            ask(record, lock, place, Wait::Block, false);
        }
    }

    /// Lets threads that wait for the lock have it in between, with `bump`, which takes it again.
    pub(crate) fn bump(&self, mode: Mode, place: Place, bump: impl FnOnce()) {
        self.released_during(mode, place, || {
            let mut asleep = self.sleep(mode, place);
            bump();
            asleep.wake();
        });
    }
}
