//! The hooks with lockdep: they tell it about this library's locks, threads and processes.

use crate::sync::leaf::{self, per_thread, process::process_number};
use crate::sync::lockdep::{self, Host, Mode, Record};
use crate::sync::order::Class;
use crate::sync::serial;
use crate::sync::site::Site;
use std::cell::Cell;

pub(crate) use crate::sync::lockdep::{Lock, Ticket, Wanted};

struct Library;

per_thread! {
    static RECORD: Cell<Option<&'static Record>> = Cell::new(None);
}

impl Host for Library {
    fn process_number(&self) -> fn() -> u32 {
        process_number
    }

    fn record(&self) -> Option<&'static Record> {
        RECORD.with(Cell::get)
    }

    fn set_record(&self, record: Option<&'static Record>) {
        RECORD.with(|current| current.set(record));
    }

    fn thread_name(&self) -> String {
        leaf::thread_name()
    }

    fn at_thread_exit(&self, last_words: fn()) -> bool {
        leaf::at_thread_exit(last_words)
    }
}

/// The identity of a new lock.
pub(crate) fn lock(class: Class) -> Lock {
    numbered(class, serial::next())
}

/// The identity of a new lock that has a number already.
pub(crate) fn numbered(class: Class, number: u64) -> Lock {
    Lock::new(class.described(), number)
}

/// To be called before a lock is asked for. `waits` says whether the thread waits if the lock is not free.
#[inline]
pub(crate) fn want(lock: &Lock, site: Site, mode: Mode, waits: bool) -> Wanted<'_> {
    lockdep::want(&Library, lock, site.described(), mode, waits)
}
