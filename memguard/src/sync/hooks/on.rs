//! The hooks with lockdep: they tell it about this library's locks, threads and processes.

use crate::sync::leaf::{self, per_thread, process::process_number};
use crate::sync::lockdep::{self, Host, Mode, Record};
use crate::sync::order::Class;
use crate::sync::serial;
use crate::sync::site::Site;
use std::cell::Cell;

pub(crate) use crate::sync::lockdep::{Lock, Ticket, Wanted};

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

/// The identity of a new lock.
pub(crate) fn lock(class: Class) -> Lock {
    numbered(class, serial::next())
}

/// The identity of a new lock that has a number already.
pub(crate) fn numbered(class: Class, number: u64) -> Lock {
    Lock { class: class.described(), instance: number }
}

/// To be called before a lock is asked for. `waits` says whether the thread waits if the lock is not free.
#[inline]
pub(crate) fn want(lock: &Lock, site: Site, mode: Mode, waits: bool) -> Wanted {
    lockdep::want(&LIBRARY, lock, site.described(), mode, waits)
}
