//! A value that panics as it is dropped, and how such panics are survived.

use crate::panic_payload::Planted;
use crate::planted;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Panics as it is dropped, unless its thread unwinds already: a second panic would end the process.
#[derive(Debug)]
pub(super) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            planted::panic();
        }
    }
}

/// Panics with a payload that panics as it is dropped. No panic hook hears of it.
pub(super) fn panic_with_a_bomb() -> ! {
    resume_unwind(Box::new(Bomb))
}

/// Runs `body`. Returns `None` if a planted panic left it. Any other panic goes on.
pub(super) fn survive<R>(body: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => Some(result),
        Err(payload) if payload.is::<Planted>() || payload.is::<Bomb>() => planted::survive(|| drop(payload)).and(None),
        Err(payload) => resume_unwind(payload),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bomb, panic_with_a_bomb, survive};

    #[test]
    fn bombs_are_survived() {
        crate::planted::silence();
        assert_eq!(survive(|| 1), Some(1));
        assert_eq!(survive(|| panic_with_a_bomb()), None::<()>);
        assert_eq!(survive(|| drop(Bomb)), None);
    }
}
