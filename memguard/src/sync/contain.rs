//! Panics end here: those of foreign code, and those of this library where others wait for its work.

use super::leaf::abandoned;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Calls `work`. `None` if it panicked. The value that it panicked with is dropped here, and that may panic again.
pub(crate) fn contain<R>(work: impl FnOnce() -> R) -> Option<R> {
    let given_up = Cell::new(false);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let look = Look(&given_up);
        let result = work();
        std::mem::forget(look);
        result
    }));
    let payload = match caught {
        Ok(result) => return Some(result),
        // The model checker ends the execution. No thread of it may go on.
        Err(payload) if given_up.get() => resume_unwind(payload),
        Err(payload) => payload,
    };
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // A third panic could follow, and so on. A few bytes are lost instead.
        std::mem::forget(second);
    }
    None
}

/// Sees, while a panic unwinds, whether it ends the execution of a model.
struct Look<'g>(&'g Cell<bool>);

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.0.set(abandoned());
    }
}
