//! The checked locks of `parking_lot`.

use super::Watched;
use crate::tool::{Channels, Threads};
use crate::{Need, Tool};
use memguard_lockdep::parking_lot::{
    Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use std::marker::PhantomData;
use std::time::Duration;

/// The locks, with threads that the checker sees or does not see, and channels of some library.
pub struct ParkingLot<Th = Watched, Ch = Watched>(PhantomData<(Th, Ch)>);

impl<Th: Threads + 'static, Ch: Channels + 'static> Tool for ParkingLot<Th, Ch> {
    const NAME: &'static str = "memguard-lockdep, parking_lot";
    const OFFERS: &'static [Need] = &[
        Need::Timed,
        Need::Nested,
        Need::Recursive,
        Need::Upgradable,
        Need::Downgrade,
        Need::Condvar,
        Need::Channel,
        Need::Barrier,
        Need::Once,
        Need::Threads,
    ];

    type Mutex = Mutex<u32>;
    type Guard<'a> = MutexGuard<'a, u32>;
    type RwLock = RwLock<u32>;
    type Read<'a> = RwLockReadGuard<'a, u32>;
    type Write<'a> = RwLockWriteGuard<'a, u32>;
    type Upgradable<'a> = RwLockUpgradableReadGuard<'a, u32>;
    type Condvar = Condvar;
    type Threads = Th;
    type Channels = Ch;
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
        mutex.lock()
    }
    fn try_lock(mutex: &Self::Mutex) -> Option<Self::Guard<'_>> {
        mutex.try_lock()
    }
    fn lock_for(mutex: &Self::Mutex, timeout: Duration) -> Option<Self::Guard<'_>> {
        mutex.try_lock_for(timeout)
    }
    fn lock_nested(mutex: &Self::Mutex, subclass: u32) -> Self::Guard<'_> {
        mutex.lock_nested(subclass)
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
        Condvar::new()
    }
    fn wait<'a>(condvar: &Condvar, mut guard: Self::Guard<'a>) -> Self::Guard<'a> {
        condvar.wait(&mut guard);
        guard
    }
    fn wait_while<'a>(
        condvar: &Condvar,
        mut guard: Self::Guard<'a>,
        condition: impl Fn(u32) -> bool,
    ) -> Self::Guard<'a> {
        condvar.wait_while(&mut guard, |number| condition(*number));
        guard
    }
    fn wait_for<'a>(condvar: &Condvar, mut guard: Self::Guard<'a>, timeout: Duration) -> Self::Guard<'a> {
        condvar.wait_for(&mut guard, timeout);
        guard
    }
    fn notify_all(condvar: &Condvar) {
        condvar.notify_all();
    }
}
