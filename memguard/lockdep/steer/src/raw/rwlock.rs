//! A raw reader-writer lock. Readers that come after a writer that waits wait too.

use super::monitor::{Monitor, State};
use super::mutex::in_time;
use crate::execution::point;
use lock_api::{
    GuardNoSend, RawRwLockDowngrade, RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed, RawRwLockUpgrade,
    RawRwLockUpgradeDowngrade,
};
use std::time::{Duration, Instant};

/// A raw reader-writer lock for threads of `shuttle`.
///
/// ```
/// let lock = lock_api::RwLock::<memguard_lockdep_steer::RawRwLock, _>::new(1);
/// assert_eq!(*lock.read(), 1);
/// ```
#[derive(Debug)]
pub struct RawRwLock(Monitor<Holders>);

/// Who holds it, and how many writers wait.
#[derive(Debug)]
struct Holders {
    readers: usize,
    upgradable: bool,
    writer: bool,
    waiting_writers: usize,
}

impl State for Holders {
    const FREE: Self = Holders { readers: 0, upgradable: false, writer: false, waiting_writers: 0 };
}

impl Holders {
    fn read(&mut self) -> Option<()> {
        (!self.writer && self.waiting_writers == 0).then(|| self.readers += 1)
    }

    fn read_recursive(&mut self) -> Option<()> {
        (!self.writer).then(|| self.readers += 1)
    }

    fn read_upgradable(&mut self) -> Option<()> {
        (!self.writer && self.waiting_writers == 0 && !self.upgradable).then(|| self.upgradable = true)
    }

    fn write(&mut self) -> Option<()> {
        (!self.writer && !self.upgradable && self.readers == 0).then(|| self.writer = true)
    }

    fn upgrade(&mut self) -> Option<()> {
        (self.readers == 0).then(|| {
            self.upgradable = false;
            self.writer = true;
        })
    }
}

impl RawRwLock {
    fn set(&self, change: impl FnOnce(&mut Holders)) {
        point();
        self.0.set(change);
    }

    fn wait(&self, take: impl FnMut(&mut Holders) -> Option<()>) {
        point();
        self.0.wait(take);
    }

    fn take(&self, take: impl FnOnce(&mut Holders) -> Option<()>) -> bool {
        point();
        self.0.change(take).is_some()
    }

    /// Waits as a writer. Readers that come meanwhile wait behind it.
    fn wait_as_writer(&self, take: impl Fn(&mut Holders) -> Option<()>) {
        if self.take(&take) {
            return;
        }
        self.0.set(|holders| holders.waiting_writers += 1);
        self.0.wait(|holders| take(holders).map(|()| holders.waiting_writers -= 1));
    }

    /// The same, for a while.
    fn try_as_writer(&self, take: impl Fn(&mut Holders) -> Option<()>) -> bool {
        self.0.set(|holders| holders.waiting_writers += 1);
        let taken = in_time(|| self.take(&take));
        self.0.set(|holders| holders.waiting_writers -= 1);
        taken
    }
}

// SAFETY: the methods of `Holders` let a thread in only beside those that it may be beside. The state is set free
// without a release only where the threads of its execution never run again.
unsafe impl lock_api::RawRwLock for RawRwLock {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait asks for it")]
    const INIT: Self = Self(Monitor::new());

    type GuardMarker = GuardNoSend;

    fn lock_shared(&self) {
        self.wait(Holders::read);
    }

    fn try_lock_shared(&self) -> bool {
        self.take(Holders::read)
    }

    unsafe fn unlock_shared(&self) {
        self.set(|holders| holders.readers = holders.readers.saturating_sub(1));
    }

    fn lock_exclusive(&self) {
        self.wait_as_writer(Holders::write);
    }

    fn try_lock_exclusive(&self) -> bool {
        self.take(Holders::write)
    }

    unsafe fn unlock_exclusive(&self) {
        self.set(|holders| holders.writer = false);
    }

    fn is_locked(&self) -> bool {
        self.0.look(|holders| holders.writer || holders.upgradable || holders.readers > 0)
    }

    fn is_locked_exclusive(&self) -> bool {
        self.0.look(|holders| holders.writer)
    }
}

// SAFETY: as above.
unsafe impl RawRwLockRecursive for RawRwLock {
    fn lock_shared_recursive(&self) {
        self.wait(Holders::read_recursive);
    }

    fn try_lock_shared_recursive(&self) -> bool {
        self.take(Holders::read_recursive)
    }
}

// SAFETY: as above.
unsafe impl RawRwLockDowngrade for RawRwLock {
    unsafe fn downgrade(&self) {
        self.set(|holders| {
            holders.writer = false;
            holders.readers += 1;
        });
    }
}

// SAFETY: as above.
unsafe impl RawRwLockUpgrade for RawRwLock {
    fn lock_upgradable(&self) {
        self.wait(Holders::read_upgradable);
    }

    fn try_lock_upgradable(&self) -> bool {
        self.take(Holders::read_upgradable)
    }

    unsafe fn unlock_upgradable(&self) {
        self.set(|holders| holders.upgradable = false);
    }

    unsafe fn upgrade(&self) {
        self.wait_as_writer(Holders::upgrade);
    }

    unsafe fn try_upgrade(&self) -> bool {
        self.take(Holders::upgrade)
    }
}

// SAFETY: as above.
unsafe impl RawRwLockUpgradeDowngrade for RawRwLock {
    unsafe fn downgrade_upgradable(&self) {
        self.set(|holders| {
            holders.upgradable = false;
            holders.readers += 1;
        });
    }

    unsafe fn downgrade_to_upgradable(&self) {
        self.set(|holders| {
            holders.writer = false;
            holders.upgradable = true;
        });
    }
}

// SAFETY: as above.
unsafe impl RawRwLockTimed for RawRwLock {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_shared_for(&self, _: Duration) -> bool {
        in_time(|| self.take(Holders::read))
    }

    fn try_lock_shared_until(&self, _: Instant) -> bool {
        in_time(|| self.take(Holders::read))
    }

    fn try_lock_exclusive_for(&self, _: Duration) -> bool {
        self.try_as_writer(Holders::write)
    }

    fn try_lock_exclusive_until(&self, _: Instant) -> bool {
        self.try_as_writer(Holders::write)
    }
}

// SAFETY: as above.
unsafe impl RawRwLockRecursiveTimed for RawRwLock {
    fn try_lock_shared_recursive_for(&self, _: Duration) -> bool {
        in_time(|| self.take(Holders::read_recursive))
    }

    fn try_lock_shared_recursive_until(&self, _: Instant) -> bool {
        in_time(|| self.take(Holders::read_recursive))
    }
}
