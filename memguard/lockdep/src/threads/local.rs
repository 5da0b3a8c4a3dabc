//! How a thread gets its record, and how it returns it.

use crate::threads::leaf::CROWD;
use crate::threads::own;
use crate::threads::record::Record;
use crate::world;
use std::cell::Cell;

thread_local! {
    static RETURN: ReturnRecord = const { ReturnRecord(Cell::new(None)) };
}

/// What is left to do as a thread ends.
type Last = Box<dyn FnOnce()>;

/// Returns the record of a thread that ends. It is made before the thread-locals of the program, so it goes after them.
struct ReturnRecord(Cell<Option<Last>>);

impl Drop for ReturnRecord {
    fn drop(&mut self) {
        if let Some(last) = self.0.take() {
            last();
        }
        if let Some(record) = own::record() {
            // What is held now was leaked, or a later destructor releases it.
            record.attention.set_orphan(true);
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
    record.attention.set_orphan(orphan);
    own::set_record(Some(record));
    Some(record)
}

/// Runs a last step when this thread has dropped its thread-locals. At once, where that cannot be seen.
pub(crate) fn at_end(last: Last) {
    let mut last = Some(last);
    if !CROWD {
        let _ = RETURN.try_with(|end| end.0.set(last.take()));
    }
    if let Some(last) = last {
        last();
    }
}

/// To be called after a release or a sleep. Ends what the thread lent with what it released, and returns the record of
/// a thread that could not return it later.
#[inline]
pub(crate) fn settle(record: &'static Record) {
    if record.attention.is_needed() {
        attend(record);
    }
}

#[cold]
fn attend(record: &'static Record) {
    if !record.holds_watched() && !record.is_in_allocator() {
        world::end_loans(record);
    }
    if record.attention.is_orphan() && record.depth() == 0 && !record.is_waiting() {
        own::set_record(None);
        world::return_record(record);
    }
}
