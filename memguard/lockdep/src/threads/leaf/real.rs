//! The threads of the system. What is here has no destructor, so it works until the thread is gone.

use crate::threads::record::Record;
use std::cell::Cell;

thread_local! {
    static OWN: Cell<Option<&'static Record>> = const { Cell::new(None) };
}

/// Whether threads are not told apart.
pub(crate) const CROWD: bool = false;

/// The record of this thread, if it has one.
#[inline]
pub(crate) fn record() -> Option<&'static Record> {
    OWN.get()
}

/// The same, also where a model is over.
pub(crate) fn record_at_hand() -> Option<&'static Record> {
    OWN.get()
}

pub(crate) fn set_record(record: Option<&'static Record>) {
    OWN.set(record);
}

/// Runs a step in which the thread has no record.
pub(crate) fn hidden<R>(step: impl FnOnce() -> R) -> R {
    let record = OWN.take();
    let result = step();
    OWN.set(record);
    result
}
