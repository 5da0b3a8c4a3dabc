//! Other Unix systems have no number of a thread that all agree on. `linux.rs` has the same functions.

use std::sync::atomic::{AtomicU32, Ordering};

/// The last number given out.
static LAST: AtomicU32 = AtomicU32::new(0);

/// A number that no other thread of this process has: threads are numbered in the order in which they ask.
pub(in crate::sync::leaf) fn thread_number() -> u32 {
    LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
}

/// The numbers are this library's own, so there is nobody to ask whether a thread has ended.
pub(in crate::sync::leaf) fn has_thread(_number: u32) -> bool {
    true
}

/// The name that the program gave this thread.
#[cfg(feature = "lockdep")]
pub(in crate::sync::leaf) fn thread_name() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}
