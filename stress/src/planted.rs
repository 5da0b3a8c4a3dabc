//! Panics that scenarios plant on purpose, told apart from all others.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Once;

/// The payload of a planted panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planted;

/// Makes planted panics silent. All others are reported as before. Does nothing when called again.
pub fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let reporting = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Planted>() {
                reporting(info);
            }
        }));
    });
}

/// Panics, on purpose. Threads of a [`Program`](crate::ops::Program) use [`thread::planted_panic`](crate::thread::planted_panic).
///
/// # Panics
/// Always.
pub fn panic() -> ! {
    panic_any(Planted)
}

/// Runs `body` and stops a planted panic: `None` if there was one. Any other panic goes on.
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
        Err(payload) if payload.is::<Planted>() => None,
        Err(payload) => resume_unwind(payload),
    }
}

/// What a panic said, if it said it in words.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    let message = owned.or_else(|| payload.downcast_ref::<&str>().copied());
    message.unwrap_or(if payload.is::<Planted>() { "a planted panic that nobody stopped" } else { "without words" })
}
