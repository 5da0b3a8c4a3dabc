//! Whether threads count.

use std::sync::atomic::{AtomicBool, Ordering};

static ON: AtomicBool = AtomicBool::new(false);

/// Whether threads count.
#[inline]
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Has threads count.
pub(crate) fn turn_on() {
    ON.store(true, Ordering::Relaxed);
}
