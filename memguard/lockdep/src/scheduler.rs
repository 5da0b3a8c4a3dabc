//! What the checker offers to a scheduler that runs threads of the program itself, on one thread of the system. The
//! crate `memguard-lockdep-steer` has one.

use crate::api::ThreadState;
use crate::asks;
use crate::threads::leaf::CROWD;
use crate::threads::own;
use crate::threads::record::Record;
use crate::world;
use std::fmt;
use std::sync::atomic::Ordering;

pub use crate::asks::Ask;

/// Calls `observer` each time that a thread holds a lock and is about to ask for another one, on this thread of the
/// system, until the next call. It says whether the checker is to learn from it. None ends that.
///
/// ```
/// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
/// use memguard_lockdep::{parking_lot::Mutex, scheduler};
/// scheduler::observe_asks(Some(|ask| {
///     println!("{:?} is wanted under {:?}", ask.wanted, ask.held);
///     true
/// }));
/// let (outer, inner) = (Mutex::new(()), Mutex::new(()));
/// let _outer = outer.lock();
/// let _inner = inner.lock();
/// scheduler::observe_asks(None);
/// # }
/// ```
pub fn observe_asks(observer: Option<fn(Ask) -> bool>) {
    asks::observe(observer);
    // What a thread knows already would not be told.
    world::records().iter().for_each(|record| record.outdate());
}

/// Threads of the program that take turns on one thread of the system.
///
/// ```
/// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
/// use memguard_lockdep::{held, parking_lot::Mutex, scheduler::Fibers};
/// let mutex = Mutex::new(());
/// let mut fibers = Fibers::new();
/// fibers.switch_to(0);
/// let guard = mutex.lock();
/// fibers.switch_to(1);
/// assert!(held().is_empty());
/// assert_eq!(fibers.threads().len(), 1);
/// fibers.switch_to(0);
/// drop(guard);
/// fibers.leave();
/// # }
/// ```
pub struct Fibers {
    /// The record of each. Where the leaf tells the threads of a model apart by itself, there are none.
    records: Vec<Option<&'static Record>>,
    /// The one that runs.
    current: Option<usize>,
    /// The record of the thread of the system, while a fiber runs.
    outside: Option<&'static Record>,
    /// The records that threads had before.
    others: Vec<usize>,
}

impl Fibers {
    /// None so far.
    #[allow(clippy::new_without_default, reason = "it looks at the threads there are")]
    pub fn new() -> Self {
        let others = world::records().iter().filter(|record| is_in_use(record)).map(|record| record.index).collect();
        Self { records: Vec::new(), current: None, outside: None, others }
    }

    /// From now on this thread of the system runs the fiber with this number.
    pub fn switch_to(&mut self, number: usize) {
        if CROWD || self.current == Some(number) {
            return;
        }
        self.leave();
        if self.records.len() <= number {
            self.records.resize(number + 1, None);
        }
        self.outside = own::record();
        own::set_record(self.records[number]);
        self.current = Some(number);
    }

    /// From now on this thread of the system is itself again.
    pub fn leave(&mut self) {
        if let Some(current) = self.current.take() {
            self.records[current] = own::record();
            own::set_record(self.outside.take());
        }
    }

    /// What each fiber that does not run now holds and waits for, if it does. How long it waits is up to the scheduler,
    /// and the kernel knows no fiber.
    pub fn threads(&self) -> Vec<ThreadState> {
        let mut threads = ThreadState::all(|record| self.has(record));
        for thread in &mut threads {
            (thread.waits_for, thread.kernel) = (None, None);
        }
        threads
    }

    fn has(&self, record: &Record) -> bool {
        if CROWD {
            is_in_use(record) && !self.others.contains(&record.index)
        } else {
            self.records.iter().flatten().any(|known| known.index == record.index)
        }
    }
}

fn is_in_use(record: &Record) -> bool {
    record.in_use.load(Ordering::Relaxed)
}

impl Drop for Fibers {
    /// The fibers are gone, with all that they held.
    fn drop(&mut self) {
        self.leave();
        world::records().into_iter().filter(|record| self.has(record)).for_each(world::abandon_record);
    }
}

impl fmt::Debug for Fibers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fibers").field("current", &self.current).finish_non_exhaustive()
    }
}
