//! The threads of a model.

use crate::threads::record::Record;
use std::cell::Cell;

#[cfg(loom)]
use loom::thread_local;
#[cfg(shuttle)]
use shuttle::thread_local;

thread_local! {
    static OWN: Cell<Option<&'static Record>> = Cell::new(None);
}

/// Whether threads are not told apart.
pub(crate) const CROWD: bool = true;

/// The record of this thread, if it has one.
pub(crate) fn record() -> Option<&'static Record> {
    OWN.with(Cell::get)
}

/// None: where a model is over, there is no thread to ask for.
pub(crate) fn record_at_hand() -> Option<&'static Record> {
    None
}

pub(crate) fn set_record(record: Option<&'static Record>) {
    OWN.with(|own| own.set(record));
}

/// Runs a step. Allocators of models take no checked locks, so there is nothing to hide.
pub(crate) fn hidden<R>(step: impl FnOnce() -> R) -> R {
    step()
}
