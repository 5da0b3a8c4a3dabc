//! The hooks: what a lock calls as it is asked for, granted, refused and released.

use super::host::Host;
use super::observer::{self, Event};
use super::record::Record;
use super::report::Acquisition;
use super::table::{Class, Mode, Outcome, Site};
use super::{check, graph, stats};
use std::fmt;
use std::marker::PhantomData;

/// The identity of one lock.
pub(crate) struct Lock {
    class: &'static Class,
    instance: u64,
}

impl Lock {
    /// `instance` is a number that no other lock of the process has. Where several locks of a class are waited for, the
    /// numbers are their order.
    pub(crate) fn new(class: &'static Class, instance: u64) -> Self {
        Self { class, instance }
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.class, self.instance)
    }
}

/// To be called before a lock is asked for. Checks the order. `waits` says whether the thread waits if the lock is not
/// free.
pub(crate) fn want<'a>(
    host: &'static dyn Host,
    lock: &'a Lock,
    site: &'static Site,
    mode: Mode,
    waits: bool,
) -> Wanted<'a> {
    let record = graph::current(host);
    let wanted = Acquisition { class: lock.class, instance: lock.instance, site, mode };
    stats::saw(site);
    record.with(|state| {
        if waits {
            state.holds.iter().for_each(|(_, held)| stats::count_edge(held.site, site));
        }
        check::order(state, wanted, waits);
    });
    Wanted { record, wanted, lock: PhantomData }
}

/// A lock that was asked for and not yet granted or refused.
pub(crate) struct Wanted<'a> {
    record: &'static Record,
    wanted: Acquisition,
    lock: PhantomData<&'a Lock>,
}

impl Wanted<'_> {
    /// The thread goes to sleep for the lock. It is awake again when the value returned is dropped.
    pub(crate) fn wait(&self) -> Waiting {
        sleep(self.record, self.wanted)
    }

    pub(crate) fn refused(self, outcome: Outcome) {
        self.count(outcome);
        graph::settle(self.record);
    }

    pub(crate) fn granted(self, outcome: Outcome) -> Ticket {
        self.count(outcome);
        let hold = self.record.with(|state| state.hold(self.wanted));
        observer::tell(Event::Held(self.wanted.site));
        Ticket { record: self.record, held: self.wanted, hold }
    }

    fn count(&self, outcome: Outcome) {
        stats::count_outcome(self.wanted.site, outcome);
        if !self.wanted.site.outcomes.contains(outcome) {
            check::outcome(self.record.with(|state| state.name.clone()), self.wanted, outcome);
        }
    }
}

fn sleep(record: &'static Record, wanted: Acquisition) -> Waiting {
    Waiting { record, wait: record.with(|state| state.sleep(wanted)) }
}

/// A thread asleep.
pub(crate) struct Waiting {
    record: &'static Record,
    wait: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.record.with(|state| state.awake(self.wait));
    }
}

/// A lock that the thread holds.
pub(crate) struct Ticket {
    record: &'static Record,
    held: Acquisition,
    hold: u64,
}

/// A lock that is released for the time of a wait.
pub(crate) struct Pause(Waiting);

impl Ticket {
    pub(crate) fn release(&mut self) {
        self.record.with(|state| state.release(self.hold));
        graph::settle(self.record);
    }

    /// The lock is released for the time of a wait on a condition variable.
    pub(crate) fn pause(&mut self) -> Pause {
        let waiting = sleep(self.record, self.held);
        self.record.with(|state| state.release(self.hold));
        Pause(waiting)
    }

    /// The lock is taken again.
    pub(crate) fn resume(&mut self, pause: Pause) {
        self.hold = self.record.with(|state| state.hold(self.held));
        drop(pause.0);
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.held, f)
    }
}
