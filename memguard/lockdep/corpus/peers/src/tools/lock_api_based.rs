//! The locks of `parking_lot`, with its own detection and as `tracing-mutex` checks them.

use lock_api::{
    Mutex, MutexGuard, RawMutexTimed, RawRwLockDowngrade, RawRwLockRecursive, RawRwLockTimed, RawRwLockUpgrade, RwLock,
    RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use memguard_lockdep_corpus::harness;
use memguard_lockdep_corpus::plain::{PlainBarriers, PlainChannels, PlainOnces, PlainThreads, unpoisoned};
use memguard_lockdep_corpus::{Need, Tool};
use std::sync;
use std::thread;
use std::time::Duration;

/// The raw locks of one checker.
pub trait Family: 'static {
    const NAME: &'static str;
    type RawMutex: RawMutexTimed<Duration = Duration> + Send + Sync + 'static;
    type RawRwLock: RawRwLockTimed<Duration = Duration>
        + RawRwLockRecursive
        + RawRwLockUpgrade
        + RawRwLockDowngrade
        + Send
        + Sync
        + 'static;
    fn watch();
    fn finish() {}
}

/// A checker over raw locks.
pub struct LockApi<F>(F);

/// `parking_lot` with the feature `deadlock_detection`.
pub type ParkingLotDetection = LockApi<Detection>;
/// The raw locks of `parking_lot` in the wrapper of `tracing-mutex`.
pub type TracingParkingLot = LockApi<Tracing>;

pub struct Detection;

impl Family for Detection {
    const NAME: &'static str = "parking_lot, deadlock_detection";
    type RawMutex = parking_lot::RawMutex;
    type RawRwLock = parking_lot::RawRwLock;
    fn watch() {
        thread::spawn(|| {
            loop {
                thread::sleep(Duration::from_millis(50));
                look();
            }
        });
    }
    fn finish() {
        look();
    }
}

fn look() {
    if !parking_lot::deadlock::check_deadlock().is_empty() {
        harness::found(&"threads wait for each other");
    }
}

pub struct Tracing;

impl Family for Tracing {
    const NAME: &'static str = "tracing-mutex, parking_lot";
    type RawMutex = tracing_mutex::parkinglot::tracing::RawMutex;
    type RawRwLock = tracing_mutex::parkinglot::tracing::RawRwLock;
    fn watch() {
        super::watch_panics("Found cycle in mutex dependency graph");
    }
}

/// A condition variable for any mutex. Neither checker sees a wait for a notification.
#[derive(Default)]
pub struct Condvar {
    notifications: sync::Mutex<u64>,
    changed: sync::Condvar,
}

impl Condvar {
    /// Waits until there are more notifications than before `release`.
    fn wait(&self, timeout: Option<Duration>, release: impl FnOnce()) {
        let guard = unpoisoned(self.notifications.lock());
        let before = *guard;
        release();
        match timeout {
            None => drop(unpoisoned(self.changed.wait_while(guard, |now| *now == before))),
            Some(timeout) => drop(unpoisoned(self.changed.wait_timeout_while(guard, timeout, |now| *now == before))),
        }
    }
}

impl<F: Family> LockApi<F> {
    fn released<'a>(
        guard: MutexGuard<'a, F::RawMutex, u32>,
        condvar: &Condvar,
        timeout: Option<Duration>,
    ) -> MutexGuard<'a, F::RawMutex, u32> {
        let mutex = MutexGuard::mutex(&guard);
        condvar.wait(timeout, || drop(guard));
        mutex.lock()
    }
}

impl<F: Family> Tool for LockApi<F> {
    const NAME: &'static str = F::NAME;
    const OFFERS: &'static [Need] = &[Need::Timed, Need::Recursive, Need::Upgradable, Need::Downgrade];

    type Mutex = Mutex<F::RawMutex, u32>;
    type Guard<'a> = MutexGuard<'a, F::RawMutex, u32>;
    type RwLock = RwLock<F::RawRwLock, u32>;
    type Read<'a> = RwLockReadGuard<'a, F::RawRwLock, u32>;
    type Write<'a> = RwLockWriteGuard<'a, F::RawRwLock, u32>;
    type Upgradable<'a> = RwLockUpgradableReadGuard<'a, F::RawRwLock, u32>;
    type Condvar = Condvar;
    type Threads = PlainThreads;
    type Channels = PlainChannels;
    type Barriers = PlainBarriers;
    type Onces = PlainOnces;

    fn watch() {
        F::watch();
    }
    fn finish() {
        F::finish();
    }

    fn mutex() -> Self::Mutex {
        Mutex::new(0)
    }
    fn lock(mutex: &Self::Mutex) -> Self::Guard<'_> {
        mutex.lock()
    }
    fn try_lock(mutex: &Self::Mutex) -> Option<Self::Guard<'_>> {
        mutex.try_lock()
    }
    fn lock_for(mutex: &Self::Mutex, timeout: Duration) -> Option<Self::Guard<'_>> {
        mutex.try_lock_for(timeout)
    }

    fn rwlock() -> Self::RwLock {
        RwLock::new(0)
    }
    fn read(lock: &Self::RwLock) -> Self::Read<'_> {
        lock.read()
    }
    fn write(lock: &Self::RwLock) -> Self::Write<'_> {
        lock.write()
    }
    fn try_read(lock: &Self::RwLock) -> Option<Self::Read<'_>> {
        lock.try_read()
    }
    fn try_write(lock: &Self::RwLock) -> Option<Self::Write<'_>> {
        lock.try_write()
    }
    fn read_for(lock: &Self::RwLock, timeout: Duration) -> Option<Self::Read<'_>> {
        lock.try_read_for(timeout)
    }
    fn write_for(lock: &Self::RwLock, timeout: Duration) -> Option<Self::Write<'_>> {
        lock.try_write_for(timeout)
    }
    fn read_recursive(lock: &Self::RwLock) -> Self::Read<'_> {
        lock.read_recursive()
    }
    fn upgradable(lock: &Self::RwLock) -> Self::Upgradable<'_> {
        lock.upgradable_read()
    }
    fn upgrade(guard: Self::Upgradable<'_>) -> Self::Write<'_> {
        RwLockUpgradableReadGuard::upgrade(guard)
    }
    fn downgrade(guard: Self::Write<'_>) -> Self::Read<'_> {
        RwLockWriteGuard::downgrade(guard)
    }

    fn condvar() -> Condvar {
        Condvar::default()
    }
    fn wait<'a>(condvar: &Condvar, guard: Self::Guard<'a>) -> Self::Guard<'a> {
        Self::released(guard, condvar, None)
    }
    fn wait_for<'a>(condvar: &Condvar, guard: Self::Guard<'a>, timeout: Duration) -> Self::Guard<'a> {
        Self::released(guard, condvar, Some(timeout))
    }
    fn notify_all(condvar: &Condvar) {
        *unpoisoned(condvar.notifications.lock()) += 1;
        condvar.changed.notify_all();
    }
}
