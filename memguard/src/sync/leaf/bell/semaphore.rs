//! Unix: a semaphore. POSIX lists `sem_post` as async-signal-safe.
//!
//! `sem_timedwait` follows the wall clock. If that is set back during a wait, the wait takes as much longer. A ring
//! still ends it.

use std::cell::UnsafeCell;
use std::io;
use std::mem::MaybeUninit;
use std::time::{Duration, Instant, SystemTime};

/// The semaphore has a place of its own, because it must not move.
#[derive(Debug)]
pub(crate) struct Bell(Box<UnsafeCell<MaybeUninit<libc::sem_t>>>);

// SAFETY: the semaphore is initialised before it is shared, and its calls may be made by several threads at once.
unsafe impl Send for Bell {}
// SAFETY: as above.
unsafe impl Sync for Bell {}

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        let place = Box::new(UnsafeCell::new(MaybeUninit::uninit()));
        // SAFETY: the pointer is to memory for one semaphore, which nothing else uses yet.
        match unsafe { libc::sem_init(place.get().cast(), 0, 0) } {
            0 => Ok(Self(place)),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(crate) fn ring(&self) {
        // SAFETY: `new` initialised the semaphore. A refusal means that it is full of rings already.
        unsafe { libc::sem_post(self.semaphore()) };
    }

    pub(crate) fn wait(&self, until: Option<Instant>) -> bool {
        let Some(until) = until else {
            // SAFETY: `new` initialised the semaphore. An interrupted wait counts as a ring.
            unsafe { libc::sem_wait(self.semaphore()) };
            return true;
        };
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let at = wall_clock_after(left);
            // SAFETY: `new` initialised the semaphore. The second pointer is to a live value.
            if unsafe { libc::sem_timedwait(self.semaphore(), &at) } == 0 {
                return true;
            }
            // Otherwise it was interrupted, or the wall clock was set forward.
            if left.is_zero() {
                return false;
            }
        }
    }

    fn semaphore(&self) -> *mut libc::sem_t {
        self.0.get().cast()
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        // SAFETY: `new` initialised the semaphore, and no other reference to it is left.
        unsafe { libc::sem_destroy(self.semaphore()) };
    }
}

/// A time too long for the system is cut to one that is longer than any process lives.
fn wall_clock_after(left: Duration) -> libc::timespec {
    const LONGEST: Duration = Duration::from_secs(1 << 30);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let at = now + left.min(LONGEST);
    // SAFETY: all-zero is a valid time. Some systems have more fields than the two.
    let mut time: libc::timespec = unsafe { std::mem::zeroed() };
    time.tv_sec = libc::time_t::try_from(at.as_secs()).unwrap_or(libc::time_t::MAX);
    time.tv_nsec = at.subsec_nanos() as _;
    time
}
