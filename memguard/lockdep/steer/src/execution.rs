//! The execution that runs now, and the points at which it can switch to another thread.

use shuttle::current::try_get_current_task;
use shuttle::sync::atomic::{AtomicBool, Ordering};
use shuttle::thread;
use std::sync::atomic::AtomicU64;

/// No execution: a thread of the system.
pub(crate) const NONE: u64 = 0;

static LATEST: AtomicU64 = AtomicU64::new(NONE);
/// The one that runs. There is one at a time.
static RUNS: AtomicU64 = AtomicU64::new(NONE);

/// An execution of the program under a schedule. It ends as this is dropped.
pub(crate) struct Execution(());

impl Execution {
    pub(crate) fn begin() -> Self {
        RUNS.store(LATEST.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        RUNS.store(NONE, Ordering::Relaxed);
    }
}

/// Whether this is a thread of `shuttle`.
pub(crate) fn is_inside() -> bool {
    try_get_current_task().is_some()
}

/// The execution of this thread.
pub(crate) fn current() -> u64 {
    if is_inside() { RUNS.load(Ordering::Relaxed) } else { NONE }
}

/// Whether the threads of this execution never run again.
pub(crate) fn is_over(execution: u64) -> bool {
    execution != NONE && execution != RUNS.load(Ordering::Relaxed)
}

/// Another thread may run here.
pub(crate) fn point() {
    if is_inside() && !std::thread::panicking() {
        // A load is a step of its own to `shuttle`. Unlike a yield it tells the scheduler nothing.
        AtomicBool::new(false).load(Ordering::SeqCst);
    }
}

/// Another thread should run here.
pub(crate) fn pause() {
    if is_inside() {
        thread::yield_now();
    } else {
        std::thread::yield_now();
    }
}
