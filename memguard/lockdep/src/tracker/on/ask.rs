//! What a thread learns before it waits: the chain *held → wanted*, if it is new.

use super::identity::Tracker;
use crate::class::Class;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::threads::local;
use crate::threads::record::Record;
use crate::word::{Word, mixed};
use crate::world;

impl Tracker {
    /// To be called before this thread waits, as long as it takes, to be the only holder of a lock that has readers. A
    /// writer that gives up lets the readers behind it go on.
    #[inline]
    pub(crate) fn writes(&self, place: Place) {
        if let Some(record) = local::current() {
            let lock = self.word(place).held(Mode::Exclusive);
            // Each lock of its own only where readers nest them: a map of many locks has a writer for each.
            let nests = lock.class().is_some_and(Class::nests);
            let wanted = if nests { lock.0 } else { lock.without_instance() };
            let chain = Chain::new(record, wanted, WRITES).and_held(record, record.depth());
            if !record.knows(chain.0) && !record.is_in_allocator() {
                world::learn_writer(record, lock, place);
                record.learn(chain.0);
            }
            local::settle(record);
        }
    }

    /// To be called before this thread waits for something of which the checker sees no more.
    #[inline]
    pub(crate) fn ask(&self, mode: Mode, how: Wait, place: Place) {
        if how != Wait::Try
            && let Some(record) = local::current()
        {
            ask(record, self.word(place).held(mode), place, how, false);
            local::settle(record);
        }
    }
}

/// The thread asks for a lock and is going to wait if it is not free.
#[inline(always)]
pub(super) fn ask(record: &'static Record, lock: Word, place: Place, wait: Wait, upgrades: bool) {
    let depth = record.depth();
    if depth > 0 {
        // Where one lock is held, its class and the wanted class decide. The same classes can be other locks: that
        // matters where a further lock keeps threads apart, and where single locks are compared.
        let first = record.held(0);
        let differ = first.instance() != lock.instance() && !first.same_class(lock);
        let by_class = depth == 1 && differ && !first.counts_singly() && !lock.counts_singly();
        let how = wait as u64 | u64::from(upgrades) << 2;
        let chain = if by_class {
            Chain::new(record, lock.without_instance(), how).and(first.without_instance())
        } else {
            Chain::new(record, lock.0, how).and_held(record, depth)
        };
        if !record.knows(chain.0) {
            look(record, lock, place, wait, upgrades, chain);
        }
    }
}

/// Looks at a chain that the thread has not seen before.
#[cold]
fn look(record: &'static Record, lock: Word, place: Place, wait: Wait, upgrades: bool, chain: Chain) {
    if !record.is_in_allocator() {
        if !world::learn(record, lock, place, wait, upgrades) {
            return;
        }
    } else if upgrades || !record.learn_later(lock, place, wait) {
        return;
    }
    record.learn(chain.0);
}

/// What a chain is about, besides `wait` and `upgrades`.
const WRITES: u64 = 1 << 3;
pub(super) const NOTIFIES: u64 = 1 << 4;
pub(super) const COULD_WAIT: u64 = 1 << 5;
pub(super) const PASSES: u64 = 1 << 6;

/// What a thread holds and wants, as one number.
pub(super) struct Chain(pub(super) u64);

impl Chain {
    #[inline]
    pub(super) fn new(record: &Record, wanted: u64, how: u64) -> Self {
        Self(record.generation() ^ how).and(wanted)
    }

    #[inline]
    pub(super) fn and(self, number: u64) -> Self {
        Self(mixed(self.0, number))
    }

    #[inline]
    pub(super) fn and_held(mut self, record: &Record, depth: usize) -> Self {
        for at in 0..depth {
            self = self.and(record.held(at).0);
        }
        self
    }
}
