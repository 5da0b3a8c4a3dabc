//! Waits that reach the acquire timeout. The error must name who held the buffer, and where it was entered.

use memguard::Error;
use memguard::sync::{Class, Site};
use std::fmt;
use std::time::Duration;

/// A thread that holds an access for long.
#[derive(Clone, Copy, Debug)]
pub(super) struct LongHolder {
    /// The kernel's number of the thread.
    thread: u32,
    /// Where it entered.
    site: Site,
}

impl LongHolder {
    /// This thread, which entered at this site.
    pub(super) fn this_thread(site: Site) -> Self {
        Self { thread: rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs(), site }
    }

    /// Whether it holds a read access, beside which others may read.
    pub(super) fn reads(self) -> bool {
        self.site == Site::BufferRead
    }

    /// Whether the error says that a wait at the site `at` ended at this acquire timeout, and names this holder.
    pub(super) fn is_named_by(self, error: &Error, at: Site, acquire_timeout: Duration) -> bool {
        match error {
            Error::Timeout { lock, site, holder: Some(holder), timeout: waited } => {
                (*lock == Class::Access && *site == at && *waited == acquire_timeout)
                    && (holder.thread == self.thread && holder.site == self.site)
            }
            _ => false,
        }
    }
}

impl fmt::Display for LongHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread {} at {}", self.thread, self.site)
    }
}
