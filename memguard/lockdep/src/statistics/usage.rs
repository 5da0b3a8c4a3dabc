//! What statistics say.

use crate::class::Class;
use crate::place::Place;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// How long something took, as far as it was timed.
///
/// ```
/// let none = memguard_lockdep::Times::default();
/// assert_eq!((none.timed, none.max.as_nanos()), (0, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Times {
    /// How many were timed.
    pub timed: u64,
    /// The median, which is at most a quarter too high.
    pub p50: Duration,
    /// 99 of 100 took no longer. At most a quarter too high.
    pub p99: Duration,
    /// The longest. At most a quarter too high if it is of an interval that begins later than the counting.
    pub max: Duration,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:?}, p99 {:?}, max {:?}, {} timed", self.p50, self.p99, self.max, self.timed)
    }
}

/// What threads did with the locks of one class at one place of the source.
///
/// ```
/// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
/// memguard_lockdep::start_statistics();
/// let mutex = memguard_lockdep::parking_lot::Mutex::named("COUNTED", ());
/// for _ in 0..10 {
///     drop(mutex.lock());
/// }
/// let usage = &memguard_lockdep::statistics()[0];
/// assert_eq!((usage.class.name(), usage.acquired, usage.contended), (Some("COUNTED"), 10, 0));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// The class of the locks.
    pub class: &'static Class,
    /// Where they were taken.
    pub place: Place,
    /// How often one was taken.
    pub acquired: u64,
    /// How often a thread had to wait before it took it.
    pub contended: u64,
    /// How often a try failed.
    pub failed: u64,
    /// How often a wait ended at its timeout.
    pub timed_out: u64,
    /// How long threads waited.
    pub wait: Times,
    /// How long threads held it. One hold in 64 is timed.
    pub hold: Times,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, place, acquired, contended, failed, timed_out, wait, hold } = self;
        writeln!(f, "{class} at {place}")?;
        writeln!(f, "  {acquired} acquired, {contended} contended, {failed} failed, {timed_out} timed out")?;
        writeln!(f, "  wait  {wait}")?;
        write!(f, "  hold  {hold}")
    }
}
