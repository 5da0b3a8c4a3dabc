//! The record that this thread has, if any. What is here has no destructor, so it works until the thread is gone.

use crate::threads::record::Record;
use std::cell::Cell;

thread_local! {
    static OWN: Cell<Option<&'static Record>> = const { Cell::new(None) };
    static UNWATCHED: Cell<bool> = const { Cell::new(false) };
}

/// The record of this thread, if it has one. None inside the checker.
#[inline]
pub(crate) fn record() -> Option<&'static Record> {
    OWN.get()
}

pub(crate) fn set_record(record: Option<&'static Record>) {
    OWN.set(record);
}

/// Whether this thread is inside the checker.
pub(crate) fn is_unwatched() -> bool {
    UNWATCHED.get()
}

/// Runs a step of the checker. Locks that this thread takes inside, in an allocator, are not checked: the checker would
/// wait for itself.
pub(crate) fn unwatched<R>(step: impl FnOnce() -> R) -> R {
    let (outer, record) = (UNWATCHED.replace(true), OWN.take());
    let result = step();
    OWN.set(record);
    UNWATCHED.set(outer);
    result
}
