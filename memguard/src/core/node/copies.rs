//! The copies of a buffer's bytes that callbacks look at.

use crate::sync::atomic::{AtomicUsize, Ordering};

/// Counts the copies. The lowest bit says that the buffer itself is wiped. The others count copies. Both are in one
/// word, so either the wiper sees a copy, or the last copy sees that the buffer is wiped.
#[derive(Debug, Default)]
pub(crate) struct Copies(AtomicUsize);

const WIPED: usize = 1;
const ONE: usize = 2;

impl Copies {
    /// One copy more. The caller is inside the buffer, so it is not wiped.
    pub(crate) fn begin(&self) {
        self.0.fetch_add(ONE, Ordering::Relaxed);
    }

    /// One copy less, which is zero. Whether it was the last of a buffer that is wiped.
    pub(crate) fn end(&self) -> bool {
        self.0.fetch_sub(ONE, Ordering::AcqRel) == ONE | WIPED
    }

    /// The buffer is wiped. Whether there are copies left. No copy begins any more, because no thread is inside.
    pub(crate) fn outlive_the_buffer(&self) -> bool {
        self.0.load(Ordering::Acquire) >= ONE && self.0.fetch_or(WIPED, Ordering::AcqRel) >= ONE
    }
}
