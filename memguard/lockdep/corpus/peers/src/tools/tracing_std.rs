//! The locks of `std::sync` that `tracing-mutex` checks.

use memguard_lockdep_corpus::plain::{PlainBarriers, PlainChannels, PlainThreads, tried, unpoisoned};
use memguard_lockdep_corpus::tool::Onces;
use memguard_lockdep_corpus::{Need, Tool};
use std::time::Duration;
use tracing_mutex::stdsync::tracing::{Condvar, Mutex, MutexGuard, Once, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub struct TracingStd;

impl Tool for TracingStd {
    const NAME: &'static str = "tracing-mutex, std";
    const OFFERS: &'static [Need] = &[Need::Once];

    type Mutex = Mutex<u32>;
    type Guard<'a> = MutexGuard<'a, u32>;
    type RwLock = RwLock<u32>;
    type Read<'a> = RwLockReadGuard<'a, u32>;
    type Write<'a> = RwLockWriteGuard<'a, u32>;
    type Upgradable<'a> = RwLockReadGuard<'a, u32>;
    type Condvar = Condvar;
    type Threads = PlainThreads;
    type Channels = PlainChannels;
    type Barriers = PlainBarriers;
    type Onces = Self;

    fn watch() {
        super::watch_panics("Found cycle in mutex dependency graph");
    }

    fn mutex() -> Self::Mutex {
        Mutex::new(0)
    }
    fn lock(mutex: &Self::Mutex) -> Self::Guard<'_> {
        unpoisoned(mutex.lock())
    }
    fn try_lock(mutex: &Self::Mutex) -> Option<Self::Guard<'_>> {
        tried(mutex.try_lock())
    }

    fn rwlock() -> Self::RwLock {
        RwLock::new(0)
    }
    fn read(lock: &Self::RwLock) -> Self::Read<'_> {
        unpoisoned(lock.read())
    }
    fn write(lock: &Self::RwLock) -> Self::Write<'_> {
        unpoisoned(lock.write())
    }
    fn try_read(lock: &Self::RwLock) -> Option<Self::Read<'_>> {
        tried(lock.try_read())
    }
    fn try_write(lock: &Self::RwLock) -> Option<Self::Write<'_>> {
        tried(lock.try_write())
    }

    fn condvar() -> Condvar {
        Condvar::new()
    }
    fn wait<'a>(condvar: &Condvar, guard: Self::Guard<'a>) -> Self::Guard<'a> {
        unpoisoned(condvar.wait(guard))
    }
    fn wait_for<'a>(condvar: &Condvar, guard: Self::Guard<'a>, timeout: Duration) -> Self::Guard<'a> {
        unpoisoned(condvar.wait_timeout(guard, timeout)).0
    }
    fn notify_all(condvar: &Condvar) {
        condvar.notify_all();
    }
}

impl Onces for TracingStd {
    type Once = Once;
    fn once() -> Once {
        Once::new()
    }
    fn call_once(once: &Once, initialise: impl FnOnce()) {
        once.call_once(initialise);
    }
    fn is_initialised(once: &Once) -> bool {
        once.is_completed()
    }
}
