//! Linux: a word, and the two calls of a futex.

use rustix::thread::Timespec;
use rustix::thread::futex::{self, Flags};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// 1 from a ring until the wait that hears it.
#[derive(Debug)]
pub(crate) struct Bell(AtomicU32);

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(AtomicU32::new(0)))
    }

    pub(crate) fn ring(&self) {
        self.0.store(1, Ordering::Release);
        // It cannot fail: the word is mapped and aligned.
        let _ = futex::wake(&self.0, Flags::PRIVATE, 1);
    }

    pub(crate) fn wait(&self, until: Option<Instant>) -> bool {
        while self.0.swap(0, Ordering::Acquire) == 0 {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            // A time too long for the kernel is as good as none.
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            // All reasons to return, errors included, are met by looking again.
            let _ = futex::wait(&self.0, Flags::PRIVATE, 0, left.as_ref());
        }
        true
    }
}
