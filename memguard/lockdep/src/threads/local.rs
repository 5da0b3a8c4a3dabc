//! How a thread gets its record, and how it returns it.

use crate::threads::leaf::CROWD;
use crate::threads::own;
use crate::threads::record::Record;
use crate::world;
use std::sync::atomic::Ordering;

thread_local! {
    static RETURN: ReturnRecord = const { ReturnRecord };
}

/// Returns the record of a thread that ends.
struct ReturnRecord;

impl Drop for ReturnRecord {
    fn drop(&mut self) {
        if let Some(record) = own::record() {
            // What is held now was leaked, or a later destructor releases it.
            record.orphan.store(true, Ordering::Relaxed);
            settle(record);
        }
    }
}

/// The record of this thread. None inside the checker.
#[inline]
pub(crate) fn current() -> Option<&'static Record> {
    match own::record() {
        Some(record) => Some(record),
        None => begin(),
    }
}

#[cold]
fn begin() -> Option<&'static Record> {
    if own::is_unwatched() {
        return None;
    }
    let record = world::adopt_record();
    let orphan = CROWD || RETURN.try_with(|_| ()).is_err();
    record.orphan.store(orphan, Ordering::Relaxed);
    own::set_record(Some(record));
    Some(record)
}

/// To be called after a release or a sleep. Returns the record of a thread that could not return it later.
#[inline]
pub(crate) fn settle(record: &'static Record) {
    if record.orphan.load(Ordering::Relaxed) && record.depth() == 0 && !record.is_waiting() {
        own::set_record(None);
        world::return_record(record);
    }
}
