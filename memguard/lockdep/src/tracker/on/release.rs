//! How a thread releases a lock.

use super::count::count_hold;
use super::identity::Tracker;
use crate::mode::Mode;
use crate::place::Place;
use crate::statistics::switch;
use crate::threads::local;
use crate::threads::record::Record;
use crate::word::Word;
use crate::world;

impl Tracker {
    /// To be called before the lock is released.
    #[inline]
    pub(crate) fn release(&self, mode: Mode) {
        Taken(Some(self.known_word().held(mode))).release();
    }

    /// The same for a lock that was taken in either of the two modes of readers.
    #[inline]
    pub(crate) fn release_shared(&self) {
        if let Some(record) = local::current() {
            let lock = self.known_word();
            if switch::is_on() {
                count_hold(record, lock.held(Mode::Shared));
                count_hold(record, lock.held(Mode::Recursive));
            }
            if !record.pop(lock.held(Mode::Shared)) && !record.pop(lock.held(Mode::Recursive)) {
                released_for_another(record, lock);
            }
            local::settle(record);
        }
    }

    /// The thread holds the lock in another mode now.
    pub(crate) fn changed(&self, from: Mode, to: Mode, place: Place) {
        self.release(from);
        if let Some(record) = local::current() {
            // It was counted as it was taken.
            record.push(self.word(place).held(to), place);
        }
    }
}

/// A lock that a thread has taken. Without a word it was taken inside the checker.
#[derive(Debug)]
pub(crate) struct Taken(pub(super) Option<Word>);

impl Taken {
    #[inline(always)]
    pub(crate) fn release(self) {
        if let (Some(lock), Some(record)) = (self.0, local::current()) {
            if switch::is_on() {
                count_hold(record, lock);
            }
            if !record.pop(lock) {
                released_for_another(record, lock);
            }
            local::settle(record);
        }
    }
}

/// The thread releases what it does not hold.
#[cold]
fn released_for_another(record: &'static Record, lock: Word) {
    if !lock.is_of_allocator() {
        world::released_for_another(record, lock.instance());
    }
}
