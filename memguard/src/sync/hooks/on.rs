//! The hooks with lockdep: they tell it about this library's locks, threads and processes.
//!
//! Two checkers listen. The library's own compares each acquisition with the table of sites. `memguard_lockdep` learns
//! the order of all locks of the program, and those of the library are among them.

use crate::sync::leaf::{self, per_thread, process::process_number, watch};
use crate::sync::lockdep::{self, Host, Mode, Outcome, Record};
use crate::sync::order::Class;
use crate::sync::serial;
use crate::sync::site::Site;
use std::cell::Cell;

per_thread! {
    static RECORD: Cell<Option<&'static Record>> = Cell::new(None);
}

static LIBRARY: Host = Host {
    // As the kernel knows it, even if a model pretends another one.
    process_number,
    record: || RECORD.with(Cell::get),
    set_record: |record| RECORD.with(|current| current.set(record)),
    thread_name: leaf::thread_name,
    at_thread_exit: leaf::at_thread_exit,
};

/// The identity of a lock.
#[derive(Debug)]
pub(crate) struct Lock {
    own: lockdep::Lock,
    watched: watch::Lock,
}

/// The identity of a new lock.
pub(crate) fn lock(class: Class) -> Lock {
    numbered(class, serial::next())
}

/// The identity of a new lock that has a number already.
pub(crate) fn numbered(class: Class, number: u64) -> Lock {
    let name = match class {
        Class::Access => "memguard::ACCESS",
        Class::Stream => "memguard::STREAM",
        Class::RekeyThread => "memguard::REKEY-THREAD",
        Class::Coffer => "memguard::COFFER",
        Class::Buffers => "memguard::BUFFERS",
        Class::Pool => "memguard::POOL",
        Class::Buffer => "memguard::BUFFER",
    };
    Lock { own: lockdep::Lock { class: class.described(), instance: number }, watched: watch::Lock::named(name) }
}

/// To be called before a lock is asked for. `waits` says whether the thread waits if the lock is not free.
#[inline]
#[track_caller]
pub(crate) fn want(lock: &Lock, site: Site, mode: Mode, waits: bool) -> Wanted<'_> {
    let Lock { own, watched } = lock;
    let mode_there = match mode {
        Mode::Shared => watch::Mode::Shared,
        Mode::Exclusive => watch::Mode::Exclusive,
    };
    if waits {
        // A wait that ends at the acquire timeout ends with an error, so a cycle of such waits is a fault too.
        watched.ask(mode_there, watch::Wait::Block);
    }
    Wanted { own: lockdep::want(&LIBRARY, own, site.described(), mode, waits), watched, mode: mode_there }
}

/// A lock that was asked for and not yet granted or refused.
#[derive(Debug)]
pub(crate) struct Wanted<'l> {
    own: lockdep::Wanted,
    watched: &'l watch::Lock,
    mode: watch::Mode,
}

/// A thread asleep.
pub(crate) struct Waiting {
    _own: lockdep::Waiting,
    _watched: watch::Sleep,
}

impl Wanted<'_> {
    /// The thread goes to sleep for the lock. It is awake again when the value returned is dropped.
    #[track_caller]
    pub(crate) fn wait(&self) -> Waiting {
        Waiting { _own: self.own.wait(), _watched: self.watched.sleep(self.mode) }
    }

    pub(crate) fn refused(self, outcome: Outcome) {
        self.own.refused(outcome);
    }

    #[track_caller]
    pub(crate) fn granted(self, outcome: Outcome) -> Ticket {
        Ticket { own: self.own.granted(outcome), watched: Some(self.watched.taken(self.mode)) }
    }
}

/// A lock that the thread holds.
#[derive(Debug)]
pub(crate) struct Ticket {
    own: lockdep::Ticket,
    /// Taken out as the lock is released.
    watched: Option<watch::Held>,
}

impl Ticket {
    pub(crate) fn release(&mut self) {
        if let Some(held) = self.watched.take() {
            held.release();
        }
        self.own.release();
    }

    /// Runs `wait`, which releases the lock, waits on a condition variable and takes the lock again.
    pub(crate) fn released_during<R>(&mut self, wait: impl FnOnce() -> R) -> R {
        self.own.released_during(wait)
    }
}
