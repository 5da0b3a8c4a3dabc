//! Linux: a futex.

use rustix::thread::Timespec;
use rustix::thread::futex::{self, Flags};
use std::sync::atomic::AtomicU32;
use std::time::Instant;

pub(in crate::sync::leaf) fn wait(word: &AtomicU32, value: u32, until: Option<Instant>) -> bool {
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    if left.is_some_and(|left| left.is_zero()) {
        return false;
    }
    // A time too long for the kernel is as good as none.
    let left = left.and_then(|left| Timespec::try_from(left).ok());
    // All other reasons to return, errors included, are met by looking at the word again.
    futex::wait(word, Flags::PRIVATE, value, left.as_ref()) != Err(rustix::io::Errno::TIMEDOUT)
}

/// Async-signal-safe, apart from `errno`.
pub(in crate::sync::leaf) fn wake(word: &AtomicU32, most: u32) {
    // The kernel reads the number as signed, and wakes one thread for a negative one.
    let most = most.min(i32::MAX.unsigned_abs());
    // It cannot fail: the word is mapped and aligned. If another thread has unmapped it by now, no thread waits for it.
    let _ = futex::wake(word, Flags::PRIVATE, most);
}
