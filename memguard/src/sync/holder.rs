//! Who holds a lock. A timeout reports it, with and without lockdep.

use super::leaf::thread_number;
use super::site::Site;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A thread and the site at which it took a lock.
///
/// The thread is given by the kernel's number, which debuggers, `top -H` and `/proc/PID/task` show.
///
/// ```
/// use memguard::{Buffer, Error};
/// let buffer = Buffer::new(8)?;
/// let _inside = buffer.write()?;
/// let refused = std::thread::scope(|scope| scope.spawn(|| buffer.try_read().map(drop)).join().unwrap());
/// match refused {
///     Err(Error::WouldBlock { holder, .. }) => println!("held by {holder:?}"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Holder {
    /// The kernel's number of the thread.
    pub thread: u32,
    /// Where it took the lock.
    pub site: Site,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread {} at {}", self.thread, self.site)
    }
}

/// Remembers the last thread that took a lock, until it releases the lock. So it never names a thread that left. Only
/// people read it and no code decides anything by it, so relaxed accesses suffice.
#[derive(Debug, Default)]
pub(crate) struct LastHolder(AtomicU64);

impl LastHolder {
    #[inline]
    pub(crate) fn note(&self, site: Site) {
        self.0.store(u64::from(thread_number()) << 8 | site as u64, Ordering::Relaxed);
    }

    /// This thread is about to release the lock. If it was noted, no thread is known to hold the lock.
    #[inline]
    pub(crate) fn forget_this_thread(&self) {
        // Another thread's note that comes in between is lost. Then that one is not known, which is true as well.
        if self.0.load(Ordering::Relaxed) >> 8 == u64::from(thread_number()) {
            self.0.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn get(&self) -> Option<Holder> {
        let packed = self.0.load(Ordering::Relaxed);
        let thread = u32::try_from(packed >> 8).ok().filter(|&thread| thread != 0)?;
        let site = *Site::ALL.get(usize::from(packed as u8))?;
        Some(Holder { thread, site })
    }
}

const _: () = assert!(Site::ALL.len() <= 256);
