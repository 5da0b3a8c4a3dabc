//! The account of mappings (`vm.max_map_count`), kept so that the rest of the process never runs out of them: its next
//! `malloc` would abort. The library leaves the last of them alone: [`reserve`].
//!
//! The limit and the count are read from `/proc` only when the allowance of the last look is used up. A look takes
//! about 1 µs for each mapping of the process. Each look allows half of what is free, so that mappings of other code
//! are noticed, and there are about seven looks until all is used. A look that finds too little is not repeated for a
//! second, so that a refusal takes no system call. When the system refuses a call, there is one more look for the
//! cause, because other code may have taken mappings since the last. It is not repeated for a second either.

use super::backend::{SystemFault, fault};
use super::native;
use rustix::io::Errno;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The call that a refusal of this file names.
pub(crate) const RESERVED: &str = "a mapping out of the reserve";

/// `vm.max_map_count` where the system does not report it: the default of Linux.
const USUAL_LIMIT: u64 = 65_530;

/// What the library and the rest of a process are assumed to have where the system does not report it.
const ASSUMED: u64 = USUAL_LIMIT / 16;

/// How long a look is good after it found too little, in milliseconds.
const PAUSE: u64 = 1000;

/// The process has one limit, so it has one account.
static MAPPINGS: Account = Account::new();

/// The limit at the last look; `None` if the system did not report it.
pub(crate) fn limit() -> Option<u64> {
    Some(MAPPINGS.limit.load(Ordering::Relaxed)).filter(|&limit| limit > 0)
}

/// How many mappings the library leaves to the rest of the process.
pub(crate) fn reserve(limit: u64) -> u64 {
    limit / 64
}

/// Takes `n` mappings out of what is left.
pub(crate) fn take(n: u64) -> Result<(), SystemFault> {
    if MAPPINGS.take(n, now, look) { Ok(()) } else { Err(fault(RESERVED)(Errno::NOMEM)) }
}

/// Gives `n` mappings back.
pub(crate) fn give(n: u64) {
    MAPPINGS.give(n);
}

/// Whether the process has about as many mappings as it may have.
pub(crate) fn exhausted() -> bool {
    // A refused call leaves a few mappings: those that it would have needed.
    MAPPINGS.free(now, look) < 4
}

/// How many mappings the process may have, if the system reports it, and how many it has.
fn look(own: u64) -> (Option<u64>, u64) {
    (native::max_mappings(), native::mappings().unwrap_or(own + ASSUMED))
}

/// The time in milliseconds, from some point in the past.
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live value. The clock exists everywhere.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    #[allow(clippy::useless_conversion, reason = "the fields have 32 bits on some systems")]
    let (seconds, nanoseconds) = (i64::from(time.tv_sec), i64::from(time.tv_nsec));
    (seconds * 1000 + nanoseconds / 1_000_000).cast_unsigned()
}

/// Races make the account inexact by a few mappings, which the reserve covers. So relaxed accesses suffice.
struct Account {
    /// How many mappings may be taken before the next look.
    allowance: AtomicI64,
    /// How many the library has.
    own: AtomicU64,
    /// The limit at the last look; 0 if the system did not report it.
    limit: AtomicU64,
    /// How many were free at the last look, the reserve included.
    free: AtomicU64,
    /// When that look was; [`NEVER`] before the first.
    looked_at: AtomicU64,
    /// Whether it found too little.
    short: AtomicU64,
    /// Whether it was made for the cause of a refusal.
    for_a_cause: AtomicU64,
}

const NEVER: u64 = u64::MAX;

impl Account {
    const fn new() -> Self {
        Self {
            allowance: AtomicI64::new(0),
            own: AtomicU64::new(0),
            limit: AtomicU64::new(0),
            free: AtomicU64::new(0),
            looked_at: AtomicU64::new(NEVER),
            short: AtomicU64::new(0),
            for_a_cause: AtomicU64::new(0),
        }
    }

    fn take(&self, n: u64, now: impl Fn() -> u64, look: impl Fn(u64) -> (Option<u64>, u64)) -> bool {
        let enough = |allowance: i64| allowance.checked_sub_unsigned(n).filter(|&rest| rest >= 0);
        let allowed = || self.allowance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough).is_ok();
        if !allowed() {
            if self.short.load(Ordering::Relaxed) == 1 && self.is_fresh(now()) {
                return false;
            }
            let (limit, free) = self.look(now(), look, false);
            let room = free.saturating_sub(reserve(limit));
            // The last of it goes at once: halving it further would take many looks.
            let allowance = (room / 2).max(room.min(reserve(limit))).cast_signed();
            self.allowance.store(allowance, Ordering::Relaxed);
            let short = !allowed();
            self.short.store(short.into(), Ordering::Relaxed);
            if short {
                return false;
            }
        }
        self.own.fetch_add(n, Ordering::Relaxed);
        true
    }

    fn give(&self, n: u64) {
        self.own.fetch_sub(n, Ordering::Relaxed);
        self.allowance.fetch_add(n.cast_signed(), Ordering::Relaxed);
    }

    fn free(&self, now: impl Fn() -> u64, look: impl Fn(u64) -> (Option<u64>, u64)) -> u64 {
        // An older look may know nothing of what other code has taken.
        if self.for_a_cause.load(Ordering::Relaxed) == 1 && self.is_fresh(now()) {
            return self.free.load(Ordering::Relaxed);
        }
        self.look(now(), look, true).1
    }

    fn is_fresh(&self, now: u64) -> bool {
        let looked_at = self.looked_at.load(Ordering::Relaxed);
        looked_at != NEVER && now.saturating_sub(looked_at) < PAUSE
    }

    /// The limit, and how many mappings are free.
    fn look(&self, now: u64, look: impl Fn(u64) -> (Option<u64>, u64), for_a_cause: bool) -> (u64, u64) {
        let (limit, count) = look(self.own.load(Ordering::Relaxed));
        self.limit.store(limit.unwrap_or(0), Ordering::Relaxed);
        let limit = limit.unwrap_or(USUAL_LIMIT);
        let free = limit.saturating_sub(count);
        self.free.store(free, Ordering::Relaxed);
        self.looked_at.store(now, Ordering::Relaxed);
        self.for_a_cause.store(for_a_cause.into(), Ordering::Relaxed);
        (limit, free)
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, PAUSE, USUAL_LIMIT, reserve};
    use std::cell::Cell;

    /// A process with these many mappings of other code, whose looks are counted.
    struct Process {
        account: Account,
        foreign: Cell<u64>,
        now: Cell<u64>,
        looks: Cell<u64>,
    }

    impl Process {
        fn with(foreign: u64) -> Self {
            let (foreign, now) = (Cell::new(foreign), Cell::new(0));
            Self { account: Account::new(), foreign, now, looks: Cell::new(0) }
        }

        fn take(&self, n: u64) -> bool {
            self.account.take(n, || self.now.get(), |own| self.look(own))
        }

        fn free(&self) -> u64 {
            self.account.free(|| self.now.get(), |own| self.look(own))
        }

        fn look(&self, own: u64) -> (Option<u64>, u64) {
            self.looks.set(self.looks.get() + 1);
            (Some(USUAL_LIMIT), own + self.foreign.get())
        }
    }

    /// The reserve stays, few looks are needed to use up the rest, and a refusal needs none.
    #[test]
    fn a_reserve_stays_and_refusals_are_cheap() {
        let process = Process::with(50);
        let own = 2 * (0..).take_while(|_| process.take(2)).count() as u64;
        let left = USUAL_LIMIT - 50 - own;
        assert!((reserve(USUAL_LIMIT)..reserve(USUAL_LIMIT) + 4).contains(&left), "{left}");
        assert!(process.looks.get() < 10, "{} looks", process.looks.get());
        let looks = process.looks.get();
        assert!((0..10_000).all(|_| !process.take(2)));
        assert_eq!(process.looks.get(), looks);
        // What is given back can be taken without a look.
        process.account.give(2);
        assert!(process.take(2) && !process.take(2));
        assert_eq!(process.looks.get(), looks);
        // What other code gives back is seen after the pause.
        process.foreign.set(40);
        assert!(!process.take(2));
        process.now.set(PAUSE);
        assert!(process.take(2));
        assert_eq!(process.looks.get(), looks + 1);
    }

    /// Mappings of other code are noticed on the way.
    #[test]
    fn mappings_of_other_code_count() {
        let process = Process::with(50);
        assert!((0..8_000).all(|_| process.take(2)));
        process.foreign.set(20_000);
        let own = 16_000 + 2 * (0..).take_while(|_| process.take(2)).count() as u64;
        assert_eq!((USUAL_LIMIT - reserve(USUAL_LIMIT) - 20_000 - own) / 2, 0);
        let process = Process::with(USUAL_LIMIT - reserve(USUAL_LIMIT) - 1);
        assert!(!process.take(2), "the reserve is left alone from the start");
    }

    /// VISIBLE: the cause of a refusal is not taken from a look that other code has overtaken. Many refusals take one
    /// look.
    #[test]
    fn a_refusal_by_the_system_is_looked_into() {
        let process = Process::with(50);
        assert!(process.take(2), "most is free at the first look");
        process.foreign.set(USUAL_LIMIT - 2);
        assert!((0..1000).all(|_| process.free() == 0));
        assert_eq!(process.looks.get(), 2);
        process.foreign.set(50);
        process.now.set(PAUSE);
        assert_eq!(process.free(), USUAL_LIMIT - 52);
        assert_eq!(process.looks.get(), 3);
    }
}
