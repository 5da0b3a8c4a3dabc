//! The hooks: what a lock calls as it is asked for, granted, refused and released.

use super::host::{Host, Record};
use super::observer::{self, Event};
use super::report::{Acquisition, Rule};
use super::table::{Class, Mode, Outcome, Site};
use super::{check, graph, stats};
use std::fmt;

/// The identity of one lock.
pub(crate) struct Lock {
    pub(crate) class: &'static Class,
    /// A number that no other lock of the process has. Where several locks of a class are waited for, the numbers are
    /// their order.
    pub(crate) instance: u64,
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.class, self.instance)
    }
}

/// To be called before a lock is asked for. Checks the order. `waits` says whether the thread waits if the lock is not
/// free.
pub(crate) fn want(host: &'static Host, lock: &Lock, site: &'static Site, mode: Mode, waits: bool) -> Wanted {
    let record = graph::current(host);
    let lock = Acquisition { class: lock.class, instance: lock.instance, site, mode };
    stats::saw(site);
    record.state.with(|state| {
        if waits {
            state.holds.iter().for_each(|held| stats::count_edge(held.site, site));
        }
        check::order(state, lock, waits);
    });
    Wanted { record, lock }
}

/// A lock that was asked for and not yet granted or refused.
#[derive(Debug)]
pub(crate) struct Wanted {
    record: &'static Record,
    lock: Acquisition,
}

impl Wanted {
    /// The thread goes to sleep for the lock. It is awake again when the value returned is dropped.
    pub(crate) fn wait(&self) -> Waiting {
        self.record.state.with(|state| state.waits.push(self.lock));
        Waiting(Wanted { record: self.record, lock: self.lock })
    }

    pub(crate) fn refused(self, outcome: Outcome) {
        self.count(outcome);
        graph::settle(self.record);
    }

    pub(crate) fn granted(self, outcome: Outcome) -> Ticket {
        self.count(outcome);
        self.record.state.with(|state| state.holds.push(self.lock));
        observer::tell(Event::Held(self.lock.site));
        Ticket(self)
    }

    fn count(&self, outcome: Outcome) {
        stats::count_outcome(self.lock.site, outcome);
        if !self.lock.site.outcomes.contains(outcome) {
            self.record.state.with(|state| check::broken(Rule::WrongOutcome(outcome), state, None, self.lock));
        }
    }
}

/// A thread asleep.
pub(crate) struct Waiting(Wanted);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.record.state.with(|state| take_out(&mut state.waits, self.0.lock));
    }
}

/// A lock that the thread holds.
#[derive(Debug)]
pub(crate) struct Ticket(Wanted);

impl Ticket {
    pub(crate) fn release(&mut self) {
        self.0.record.state.with(|state| take_out(&mut state.holds, self.0.lock));
        graph::settle(self.0.record);
    }

    /// Runs `wait`, which releases the lock, waits on a condition variable and takes the lock again.
    pub(crate) fn released_during<R>(&mut self, wait: impl FnOnce() -> R) -> R {
        let Wanted { record, lock } = self.0;
        let _waiting = self.0.wait();
        record.state.with(|state| take_out(&mut state.holds, lock));
        let result = wait();
        record.state.with(|state| state.holds.push(lock));
        result
    }
}

/// Takes out one entry. Entries that are equal count as one another.
fn take_out(list: &mut Vec<Acquisition>, entry: Acquisition) {
    if let Some(at) = list.iter().rposition(|&listed| listed == entry) {
        list.remove(at);
    }
}
