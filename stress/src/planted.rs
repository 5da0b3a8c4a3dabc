//! Panics that operations and scenarios plant on purpose, and how they are caught.

use crate::panic_payload::{Planted, is_planted};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};

pub use crate::panic_payload::silence_planted as silence;

/// Panics on purpose. Threads of a [`Program`](crate::ops::Program) use
/// [`thread::planted_panic`](crate::thread::planted_panic).
///
/// # Panics
/// Always.
pub fn panic() -> ! {
    panic_any(Planted)
}

/// Runs `body` and catches a planted panic: returns `None` if there was one. Any other panic goes on.
///
/// ```
/// use memguard_stress::planted;
/// planted::silence();
/// assert_eq!(planted::survive(|| 1), Some(1));
/// assert_eq!(planted::survive(|| planted::panic()), None::<()>);
/// ```
pub fn survive<R>(body: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => Some(result),
        Err(payload) if is_planted(&*payload) => None,
        Err(payload) => resume_unwind(payload),
    }
}
