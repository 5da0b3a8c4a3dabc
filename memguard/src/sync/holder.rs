//! Who holds a lock. A timeout reports it, with and without lockdep.

use super::leaf::{has_thread, thread_number};
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

impl Holder {
    /// Whether the thread lives. One that leaked a guard and ended holds the lock for ever, and nobody is to be named.
    pub(crate) fn lives(&self) -> bool {
        has_thread(self.thread)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread {} at {}", self.thread, self.site)
    }
}

/// Remembers a thread that took a lock, until it releases the lock. So it never names a thread that left. Only people
/// read it and no code decides anything by it, so relaxed accesses suffice.
#[derive(Debug, Default)]
pub(crate) struct LastHolder(AtomicU64);

/// What a holder noted, or 0. It gives this back when it is about to release the lock.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(crate) struct Noted(pub(super) u64);

impl LastHolder {
    #[inline]
    pub(crate) fn note(&self, site: Site) -> Noted {
        let packed = u64::from(thread_number()) << 8 | site as u64;
        self.0.store(packed, Ordering::Relaxed);
        Noted(packed)
    }

    /// Like [`note`](Self::note), unless another holder is noted. For a lock that many threads hold at a time, because
    /// each note would move the memory to another processor.
    #[inline]
    pub(crate) fn note_first(&self, site: Site) -> Noted {
        if self.0.load(Ordering::Relaxed) == 0 { self.note(site) } else { Noted(0) }
    }

    /// This thread is about to release the lock. If what it noted is still there, no thread is known to hold the lock.
    #[inline]
    pub(crate) fn forget(&self, noted: Noted) {
        // Another thread's note that comes in between is lost. Then that one is not known, which is true as well.
        if noted.0 != 0 && self.0.load(Ordering::Relaxed) == noted.0 {
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
