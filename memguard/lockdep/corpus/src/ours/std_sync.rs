//! The checked locks of `std::sync`.

use super::Watched;
use crate::plain::{tried, unpoisoned};
use crate::{Need, Tool};
use memguard_lockdep::sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// [`memguard_lockdep::sync`].
pub struct StdSync;

impl Tool for StdSync {
    const NAME: &'static str = "memguard-lockdep, std";
    const OFFERS: &'static [Need] =
        &[Need::Nested, Need::Condvar, Need::Channel, Need::Barrier, Need::Once, Need::Threads];

    type Mutex = Mutex<u32>;
    type Guard<'a> = MutexGuard<'a, u32>;
    type RwLock = RwLock<u32>;
    type Read<'a> = RwLockReadGuard<'a, u32>;
    type Write<'a> = RwLockWriteGuard<'a, u32>;
    type Upgradable<'a> = RwLockReadGuard<'a, u32>;
    type Condvar = Condvar;
    type Threads = Watched;
    type Channels = Watched;
    type Barriers = Watched;
    type Onces = Watched;

    fn watch() {
        super::watch();
    }
    fn finish() {
        super::finish();
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
    fn lock_nested(mutex: &Self::Mutex, subclass: u32) -> Self::Guard<'_> {
        unpoisoned(mutex.lock_nested(subclass))
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
    fn wait_while<'a>(condvar: &Condvar, guard: Self::Guard<'a>, condition: impl Fn(u32) -> bool) -> Self::Guard<'a> {
        unpoisoned(condvar.wait_while(guard, |number| condition(*number)))
    }
    fn wait_for<'a>(condvar: &Condvar, guard: Self::Guard<'a>, timeout: Duration) -> Self::Guard<'a> {
        unpoisoned(condvar.wait_timeout(guard, timeout)).0
    }
    fn notify_all(condvar: &Condvar) {
        condvar.notify_all();
    }
}
