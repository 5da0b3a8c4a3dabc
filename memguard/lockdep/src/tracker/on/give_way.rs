//! How a thread releases a lock and takes it again.

use super::ask::{COULD_WAIT, Chain, ask};
use super::identity::Tracker;
use super::release::Taken;
use super::take::take;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::statistics::table::Outcome;
use crate::word::Word;
use crate::world;

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

    /// To be called where this thread need not wait for the event in this run. In another one it would release the lock
    /// for that, and take it again.
    pub(crate) fn could_wait_for(&self, event: &Tracker, mode: Mode, how: Wait, place: Place) {
        let Some(record) = self.record() else { return };
        let depth = record.depth();
        // It holds nothing else, and nobody works under the lock.
        if depth < 2 && !record.attention.is_needed() {
            return;
        }
        let lock = self.word(place).held(mode);
        let lock = record.last_hold_of(lock.instance()).unwrap_or(lock);
        let event = event.word(place).held(Mode::Exclusive);
        let chain = Chain::new(record, event.0, how as u64 | COULD_WAIT).and(lock.0).and_held(record, depth);
        if !record.knows(chain.0)
            && !record.is_in_allocator()
            && world::learn_possible_wait(record, lock, event, place, how)
        {
            record.learn(chain.0);
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
