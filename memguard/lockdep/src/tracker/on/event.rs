//! How a thread waits for what another one brings about.

use super::ask::{Chain, NOTIFIES, ask};
use super::identity::Tracker;
use super::sleep::Asleep;
use crate::messages::Rule;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::threads::local;
use crate::world::notification;

impl Tracker {
    /// Waits with `wait` until another thread brings the event about.
    pub(crate) fn wait<R>(&self, how: Wait, place: Place, wait: impl FnOnce() -> R) -> R {
        let Some(record) = local::current() else { return wait() };
        let event = self.word(place).held(Mode::Exclusive);
        ask(record, event, place, how, false);
        let mut asleep = Asleep::new(Some(record), event, place);
        let result = wait();
        asleep.wake();
        result
    }

    /// The time of the checker, for [`notify_since`](Self::notify_since).
    pub(crate) fn now() -> u64 {
        local::current().map_or(0, notification::now)
    }

    /// To be called before this thread brings the event about.
    pub(crate) fn notify(&self, place: Place) {
        self.notify_since(0, place);
    }

    /// The same for an event that was made at a time. What a thread took before is of no matter to those that wait.
    /// Returns whether that was new.
    pub(crate) fn notify_since(&self, since: u64, place: Place) -> bool {
        let Some(record) = local::current() else { return false };
        let event = self.word(place).held(Mode::Exclusive);
        let chain = Chain::new(record, event.0, NOTIFIES).and_held(record, record.depth());
        let chain = record.recent().fold(chain, Chain::and);
        let is_new = !record.knows(chain.0) && !record.is_in_allocator();
        if is_new {
            notification::learn_notification(record, event, place, since);
            record.learn(chain.0);
        }
        local::settle(record);
        is_new
    }
}

/// Waits that say what comes before what.
impl Tracker {
    /// To be called before this thread wakes those that wait for a signal.
    pub(crate) fn signal(&self, place: Place) {
        if self.notify_since(0, place)
            && let Some(record) = local::current()
        {
            notification::signalled(record, self.word(place));
            local::settle(record);
        }
    }

    /// Waits with `wait` for a signal.
    pub(crate) fn wait_for_signal<R>(&self, how: Wait, place: Place, wait: impl FnOnce() -> R) -> R {
        let result = self.wait(how, place, wait);
        if how == Wait::Block {
            self.took(Rule::Signals, true, place);
        }
        result
    }

    /// To be called before this thread gives a thing of an event that was made at a time.
    pub(crate) fn give(&self, rule: Rule, since: u64, place: Place) {
        let Some(record) = local::current() else { return };
        notification::learn_giving(record, self.word(place).held(Mode::Exclusive), place, since, rule);
        local::settle(record);
    }

    /// Waits with `wait` for the next thing.
    pub(crate) fn wait_for_next<R>(&self, rule: Rule, how: Wait, place: Place, wait: impl FnOnce() -> R) -> R {
        let Some(record) = local::current() else { return wait() };
        let event = self.word(place).held(Mode::Exclusive);
        if record.depth() > 0 {
            notification::learn_turn(record, event, place, how, rule);
        }
        let asleep = Asleep::new(Some(record), event, place);
        let result = wait();
        drop(asleep);
        local::settle(record);
        result
    }

    /// This thread took a thing. `is_certain` says that it would not have gone on without.
    pub(crate) fn took(&self, rule: Rule, is_certain: bool, place: Place) {
        let Some(record) = local::current() else { return };
        notification::took(record, self.word(place).held(Mode::Exclusive), place, rule, is_certain);
        local::settle(record);
    }

    /// This thread gives up one of the ends that can give.
    pub(crate) fn leaves(&self, rule: Rule, place: Place) {
        let Some(record) = local::current() else { return };
        notification::left(record, self.word(place), rule);
        local::settle(record);
    }

    /// This thread was told that no end is left that can give.
    pub(crate) fn all_left(&self, rule: Rule, place: Place) {
        let Some(record) = local::current() else { return };
        notification::all_left(record, self.word(place), rule);
        local::settle(record);
    }
}
