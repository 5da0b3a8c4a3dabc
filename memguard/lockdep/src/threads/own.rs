//! The record that this thread has, if any.

use crate::threads::leaf;
use std::cell::Cell;

pub(crate) use leaf::{record, record_at_hand, set_record};

// The checker takes its steps without a switch to another thread of a model, so this is one of the system's thread.
thread_local! {
    static UNWATCHED: Cell<bool> = const { Cell::new(false) };
    static HIDDEN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside the checker.
pub(crate) fn is_unwatched() -> bool {
    UNWATCHED.get()
}

/// Runs a step of the checker. Locks that this thread takes inside, in an allocator, are not checked: the checker would
/// wait for itself.
pub(crate) fn unwatched<R>(step: impl FnOnce() -> R) -> R {
    let outer = UNWATCHED.replace(true);
    let result = leaf::hidden(step);
    UNWATCHED.set(outer);
    result
}

/// Whether the checker itself runs on this thread, and not only a step that is hidden from it.
pub(crate) fn is_checking() -> bool {
    UNWATCHED.get() && !HIDDEN.get()
}

/// Runs a step of a lock whose parts are locks themselves.
pub(crate) fn hidden<R>(step: impl FnOnce() -> R) -> R {
    let outer = HIDDEN.replace(true);
    let result = unwatched(step);
    HIDDEN.set(outer);
    result
}
