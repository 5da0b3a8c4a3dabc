//! What each run on shuttle begins with and ends with.

use crate::mutex::lock;
use memguard_lockdep::WaitGraph;
use std::sync::{Mutex, MutexGuard};

/// Waits until no other run is under way. libtest runs tests in parallel, and lockdep counts for the whole process.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static RUNNING: Mutex<()> = Mutex::new(());
    lock(&RUNNING)
}

/// Checks at the end of an execution that no thread holds a lock.
///
/// # Panics
/// If one does.
pub(crate) fn nothing_is_held() {
    let held = WaitGraph::now();
    assert!(held.threads.is_empty(), "a lock is still held:\n{held}");
}
