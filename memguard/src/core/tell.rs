//! The only file that calls the logger.
//!
//! Degraded outcomes are counted where they happen, under any lock. They are logged here, when a public call has done
//! all its work and its thread holds nothing, not even an access. A logger is foreign code: it may call this crate,
//! block or panic. Its panic ends here and is counted.
//!
//! Only the core logs. The coffer, the registry and the pool count what happens and have no core. So their sections
//! under COFFER, BUFFERS and POOL cannot reach the logger.

use super::Core;
use super::counters::Counters;
use crate::sync::{OnDrop, contain, held, impl_drop, leaf::per_thread};
use log::{Level, LevelFilter};
use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The shortest time between two batches of records of one session. What is counted meanwhile comes with the next.
const PAUSE: Duration = Duration::from_secs(1);

// How many doors this thread has open.
per_thread! {
    static OPEN: Cell<usize> = Cell::new(0);
}

/// A public call that is made of others. While it lasts, its thread logs nothing. When it is dropped, it logs what was
/// counted. So it is the first value of its function.
#[must_use]
pub(crate) struct Door<'c>(&'c Core);

impl OnDrop for Door<'_> {
    fn on_drop(&mut self) {
        OPEN.with(|open| open.set(open.get() - 1));
        self.0.tell();
    }
}

impl_drop!(Door<'_>);

/// Like a door, for what is only a part of a public call: it logs nothing when it is dropped.
struct Quiet;

impl OnDrop for Quiet {
    fn on_drop(&mut self) {
        OPEN.with(|open| open.set(open.get() - 1));
    }
}

impl_drop!(Quiet);

/// Does what is only a part of a public call. Meanwhile this thread logs nothing. It may log again afterwards, even if
/// the part panics.
pub(super) fn quietly<R>(part: impl FnOnce() -> R) -> R {
    OPEN.with(|open| open.set(open.get() + 1));
    let _quiet = Quiet;
    part()
}

impl Core {
    /// Begins a public call that is made of others.
    pub(crate) fn door(&self) -> Door<'_> {
        OPEN.with(|open| open.set(open.get() + 1));
        Door(self)
    }

    /// Logs what was counted since the last time, one record for each kind, unless this thread is still inside a door
    /// or an access, or the last batch was a moment ago. Then a later call logs it.
    #[inline]
    pub(crate) fn tell(&self) {
        if self.counters.memory.has_news() {
            Self::tell_news(&self.counters, PAUSE);
        }
    }

    /// Like [`tell`](Self::tell), at the end of a session: no later call could log it.
    pub(super) fn tell_last(counters: &Counters) {
        Self::tell_news(counters, Duration::ZERO);
    }

    #[cold]
    fn tell_news(counters: &Counters, pause: Duration) {
        let may_tell = OPEN.with(Cell::get) == 0 && !held::any() && log::max_level() != LevelFilter::Off;
        if !may_tell || !counters.batches.begin(pause) || !counters.memory.take_news() {
            return;
        }
        // What the logger does in this crate is counted, and a later call logs it.
        OPEN.with(|open| open.set(open.get() + 1));
        for ((kind, count), told) in counters.degraded().iter().zip(&counters.told) {
            let before = told.fetch_max(count, Ordering::Relaxed);
            if count > before && contain(|| tell(kind, count - before)).is_none() {
                counters.logger_panics.bump();
            }
        }
        OPEN.with(|open| open.set(open.get() - 1));
    }
}

/// Logs `n` outcomes of a kind.
fn tell(kind: &str, n: u64) {
    let (level, one, many) = match kind {
        "parked_registrations" => (
            Level::Debug,
            "new buffer was parked: the registry was locked",
            "new buffers were parked: the registry was locked",
        ),
        "deferred_removals" => (
            Level::Debug,
            "destroyed buffer leaves the registry later: the registry was locked",
            "destroyed buffers leave the registry later: the registry was locked",
        ),
        "handed_over_wipes" => (
            Level::Debug,
            "secret in use was destroyed: the last thread to leave wipes it",
            "secrets in use were destroyed: the last thread to leave each wipes it",
        ),
        "rekeys_skipped" => {
            (Level::Debug, "rekey was skipped: the coffer was locked", "rekeys were skipped: the coffer was locked")
        }
        "rekeys_failed" => (
            Level::Warn,
            "rekey failed: the old split of the key stays in force",
            "rekeys failed: the old split of the key stays in force",
        ),
        "acquire_timeouts" => (
            Level::Warn,
            "wait gave up after the acquire timeout; its error names the lock and the holder",
            "waits gave up after the acquire timeout; their errors name the locks and the holders",
        ),
        "unlocked_pages" => (
            Level::Warn,
            "page could not be locked into RAM and may be swapped out",
            "pages could not be locked into RAM and may be swapped out",
        ),
        "inheritable_pages" => (
            Level::Warn,
            "page is not wiped in child processes: MADV_WIPEONFORK does not work here",
            "pages are not wiped in child processes: MADV_WIPEONFORK does not work here",
        ),
        "dumpable_pages" => (
            Level::Warn,
            "page is part of core dumps: MADV_DONTDUMP does not work here",
            "pages are part of core dumps: MADV_DONTDUMP does not work here",
        ),
        "unguarded_pages" => (
            Level::Warn,
            "page has no guards: mprotect does not work here",
            "pages have no guards: mprotect does not work here",
        ),
        "unhidden_pages" => (
            Level::Warn,
            "page is not hidden from the kernel: memfd_secret does not work here",
            "pages are not hidden from the kernel: memfd_secret does not work here",
        ),
        "unconcealed" => (
            Level::Warn,
            "buffer stays readable: it could not be concealed again",
            "buffers stay readable: they could not be concealed again",
        ),
        "corrupted_buffers" => (
            Level::Error,
            "buffer had its canary overwritten: something writes out of bounds",
            "buffers had their canary overwritten: something writes out of bounds",
        ),
        "dirty_slots" => (
            Level::Error,
            "free slot was not zero: a wipe was missed, or something writes to freed memory",
            "free slots were not zero: a wipe was missed, or something writes to freed memory",
        ),
        "unwiped_slots" => (
            Level::Error,
            "slot could not be wiped before it was unmapped: the system refused to make it writable and to discard it",
            "slots could not be wiped before they were unmapped: the system refused to make them writable and to \
             discard them",
        ),
        "leaked_slots" => (
            Level::Error,
            "slot could not be unmapped and stays in the footprint",
            "slots could not be unmapped and stay in the footprint",
        ),
        "lost_places" => (
            Level::Error,
            "place on a packed page was wiped and is lost to the session: the library panicked",
            "places on packed pages were wiped and are lost to the session: the library panicked",
        ),
        "poison_recoveries" => (
            Level::Error,
            "lock was recovered after a panic inside memguard; its data was verified",
            "locks were recovered after a panic inside memguard; their data was verified",
        ),
        "keys_lost" => (
            Level::Error,
            "key was damaged by a panic and is destroyed; enclaves sealed under it are lost",
            "keys were damaged by a panic and are destroyed; enclaves sealed under them are lost",
        ),
        // For the other kinds, the caller gets an error that says so.
        _ => return,
    };
    log::log!(level, "{n} {}", if n == 1 { one } else { many });
}

#[cfg(all(test, not(all(feature = "models", any(loom, shuttle)))))]
mod tests {
    use super::{OPEN, quietly};
    use std::cell::Cell;
    use std::panic::{catch_unwind, resume_unwind};

    /// A thread that survives a panic logs again.
    #[test]
    fn a_panic_ends_the_quiet() {
        assert!(catch_unwind(|| quietly(|| resume_unwind(Box::new("planned")))).is_err());
        assert_eq!(OPEN.with(Cell::get), 0);
    }
}
