//! The hooks with lockdep: they tell `memguard_lockdep` of this library's locks, and lockdep of their sites.

use crate::sync::lockdep::{self, Acquisition};
use crate::sync::order::Class;
use crate::sync::outcome::{Mode, Outcome};
use crate::sync::serial;
use crate::sync::site::Site;
use crate::sync::{OnDrop, impl_drop};
use memguard_lockdep::Wait;
use std::fmt;
use std::mem::ManuallyDrop;

/// The identity of a lock.
pub(crate) struct Lock {
    class: Class,
    /// A number that no other lock of the process has. Where several locks of a class are waited for, the numbers are
    /// their order.
    number: u64,
    watched: memguard_lockdep::Lock,
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.class, self.number)
    }
}

/// The identity of a new lock.
pub(crate) fn lock(class: Class) -> Lock {
    numbered(class, serial::next())
}

/// The identity of a new lock that has a number already.
pub(crate) fn numbered(class: Class, number: u64) -> Lock {
    lockdep::declare_ranks();
    Lock { class, number, watched: memguard_lockdep::Lock::named(class.full_name()) }
}

/// To be called before a lock is asked for. `waits` says whether the thread waits if the lock is not free.
#[inline]
#[track_caller]
pub(crate) fn want(lock: &Lock, site: Site, mode: Mode, waits: bool) -> Wanted<'_> {
    let wanted = Acquisition { class: lock.class, number: lock.number, site, mode };
    lockdep::asks(wanted, waits);
    // A wait that ends at the acquire timeout ends with an error, so a cycle of such waits is a fault too.
    let wait = if waits { Wait::Block } else { Wait::Try };
    Wanted { asked: lock.watched.ask(watched(mode), wait), wanted }
}

fn watched(mode: Mode) -> memguard_lockdep::Mode {
    match mode {
        Mode::Shared => memguard_lockdep::Mode::Shared,
        Mode::Exclusive => memguard_lockdep::Mode::Exclusive,
    }
}

/// A lock that was asked for and not yet granted or refused.
#[derive(Debug)]
pub(crate) struct Wanted<'l> {
    asked: memguard_lockdep::Asked<'l>,
    wanted: Acquisition,
}

impl Wanted<'_> {
    /// The thread goes to sleep for the lock. It is awake again when the value returned is dropped.
    pub(crate) fn wait(&self) -> Waiting {
        Waiting(ManuallyDrop::new(Some(self.asked.sleep())))
    }

    pub(crate) fn refused(self, outcome: Outcome) {
        lockdep::came_out(self.wanted, outcome);
        self.asked.given_up();
    }

    pub(crate) fn granted(self, outcome: Outcome) -> Ticket {
        let lock = self.wanted;
        lockdep::came_out(lock, outcome);
        let watched = Some(self.asked.taken());
        lockdep::push(lock);
        lockdep::tell(lockdep::Event::Held(lock.site));
        Ticket { lock, watched }
    }
}

/// A thread asleep. Where a model is given up, it never is awake again.
pub(crate) struct Waiting(ManuallyDrop<Option<memguard_lockdep::Sleep>>);

impl OnDrop for Waiting {
    fn on_drop(&mut self) {
        drop(self.0.take());
    }
}

impl_drop!(Waiting);

/// A lock that the thread holds.
#[derive(Debug)]
pub(crate) struct Ticket {
    lock: Acquisition,
    /// Taken out as the lock is released.
    watched: Option<memguard_lockdep::Held>,
}

impl Ticket {
    pub(crate) fn release(&mut self) {
        lockdep::pop(self.lock);
        if let Some(watched) = self.watched.take() {
            watched.release();
        }
    }

    /// Runs `wait`, which releases this lock, waits on a condition variable and takes the lock again.
    #[track_caller]
    pub(crate) fn released_during<R>(&mut self, lock: &Lock, wait: impl FnOnce() -> R) -> R {
        self.release();
        // The order was checked as the lock was first asked for.
        let asked = lock.watched.ask(watched(self.lock.mode), Wait::Try);
        let result = {
            let _asleep = Waiting(ManuallyDrop::new(Some(asked.sleep())));
            wait()
        };
        self.watched = Some(asked.taken());
        lockdep::push(self.lock);
        result
    }
}
