//! Planted panics, one at a time. The library cannot ask shuttle which thread unwinds, so it assumes that at most one
//! does.

use memguard::sync::model_control;
use shuttle::thread::yield_now;
use std::cell::Cell;

thread_local! {
    /// Whether a thread is about to panic, or unwinds.
    static PLANNED: Cell<bool> = const { Cell::new(false) };
}

/// Call this before a planted panic. Waits until no other thread unwinds.
pub fn before_panic() {
    while PLANNED.get() || std::thread::panicking() {
        yield_now();
    }
    // Forgets which thread unwound last.
    model_control::expect_panics(true);
}

/// Runs `body`, in which the library panics, and which catches that. No other thread panics meanwhile.
pub fn alone_with_panic<R>(body: impl FnOnce() -> R) -> R {
    before_panic();
    PLANNED.set(true);
    let result = body();
    PLANNED.set(false);
    result
}

/// Forgets what a run that failed has left.
pub(super) fn forget() {
    PLANNED.set(false);
}
