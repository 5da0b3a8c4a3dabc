//! Panic payloads: whether a panic was planted, and its message.

use std::any::Any;
use std::sync::Once;

/// The payload of a planted panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planted;

/// Whether a panic was planted: by the program, or in the simulated system.
pub fn is_planted(payload: &(dyn Any + Send)) -> bool {
    payload.is::<Planted>() || message(payload).starts_with("planted panic in ")
}

/// Installs a panic hook that ignores planted panics and passes all others to the hook before it. Further calls do
/// nothing.
pub fn silence_planted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !is_planted(info.payload()) {
                report(info);
            }
        }));
    });
}

/// The message of a panic, or a substitute if its payload is no text.
pub fn message(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    let message = owned.or_else(|| payload.downcast_ref::<&str>().copied());
    message.unwrap_or(if payload.is::<Planted>() { "a planted panic that nothing caught" } else { "no message" })
}
