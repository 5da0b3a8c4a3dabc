//! Whether threads count.

use std::sync::atomic::{AtomicBool, Ordering};

static ON: AtomicBool = AtomicBool::new(false);

/// Whether threads count.
#[inline]
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Counts all acquisitions from now on, for [`statistics`](crate::statistics()). Without it nothing is counted.
///
/// Each acquisition then costs a look-up in a table of the thread. One hold in 64 is timed, and each wait.
///
/// ```
/// memguard_lockdep::start_statistics();
/// ```
pub fn start_statistics() {
    ON.store(true, Ordering::Relaxed);
}
