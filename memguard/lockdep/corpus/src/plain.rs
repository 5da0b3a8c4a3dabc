//! What `std` offers, without a checker. Tools fall back to it.

use crate::tool::{Barriers, Channels, Need, Onces, Task, Threads, Tool};
use std::sync::{
    Barrier, Condvar, Mutex, MutexGuard, Once, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
    mpsc,
};
use std::thread;
use std::time::Duration;

/// The guard, also of a lock that is poisoned.
pub fn unpoisoned<G>(result: Result<G, PoisonError<G>>) -> G {
    result.unwrap_or_else(PoisonError::into_inner)
}

/// The guard of a lock that was free, also of one that is poisoned.
pub fn tried<G>(result: Result<G, TryLockError<G>>) -> Option<G> {
    match result {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The locks of `std`. It finds nothing, so it shows whether a program runs to its end.
#[derive(Debug)]
pub struct Plain;

impl Tool for Plain {
    const NAME: &'static str = "std, no checker";
    const OFFERS: &'static [Need] = &[];

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
    type Onces = PlainOnces;

    fn watch() {}

    fn mutex() -> Mutex<u32> {
        Mutex::new(0)
    }
    fn lock(mutex: &Mutex<u32>) -> MutexGuard<'_, u32> {
        unpoisoned(mutex.lock())
    }
    fn try_lock(mutex: &Mutex<u32>) -> Option<MutexGuard<'_, u32>> {
        tried(mutex.try_lock())
    }

    fn rwlock() -> RwLock<u32> {
        RwLock::new(0)
    }
    fn read(lock: &RwLock<u32>) -> RwLockReadGuard<'_, u32> {
        unpoisoned(lock.read())
    }
    fn write(lock: &RwLock<u32>) -> RwLockWriteGuard<'_, u32> {
        unpoisoned(lock.write())
    }
    fn try_read(lock: &RwLock<u32>) -> Option<RwLockReadGuard<'_, u32>> {
        tried(lock.try_read())
    }
    fn try_write(lock: &RwLock<u32>) -> Option<RwLockWriteGuard<'_, u32>> {
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

/// The threads of `std`.
#[derive(Debug)]
pub struct PlainThreads;

impl Threads for PlainThreads {
    type Handle = thread::JoinHandle<()>;
    fn spawn(run: impl FnOnce() + Send + 'static) -> Self::Handle {
        thread::spawn(run)
    }
    fn join(handle: Self::Handle) {
        handle.join().expect("the threads of the programs catch their panics");
    }
    fn scope<'a>(threads: Vec<Task<'a>>, then: impl FnOnce()) {
        thread::scope(|scope| {
            for thread in threads {
                scope.spawn(thread);
            }
            then();
        });
    }
}

/// The channels of `std`.
#[derive(Debug)]
pub struct PlainChannels;

impl Channels for PlainChannels {
    type Sender = mpsc::Sender<u32>;
    type BoundSender = mpsc::SyncSender<u32>;
    type Receiver = mpsc::Receiver<u32>;
    fn channel() -> (Self::Sender, Self::Receiver) {
        mpsc::channel()
    }
    fn bounded(bound: usize) -> (Self::BoundSender, Self::Receiver) {
        mpsc::sync_channel(bound)
    }
    fn send(sender: &Self::Sender, number: u32) {
        let _ = sender.send(number);
    }
    fn send_bounded(sender: &Self::BoundSender, number: u32) {
        let _ = sender.send(number);
    }
    fn receive(receiver: &Self::Receiver) -> Option<u32> {
        receiver.recv().ok()
    }
    fn try_receive(receiver: &Self::Receiver) -> Option<u32> {
        receiver.try_recv().ok()
    }
}

/// The barriers of `std`.
#[derive(Debug)]
pub struct PlainBarriers;

impl Barriers for PlainBarriers {
    type Barrier = Barrier;
    fn barrier(threads: usize) -> Barrier {
        Barrier::new(threads)
    }
    fn meet(barrier: &Barrier) {
        barrier.wait();
    }
}

/// The initialisation of `std`.
#[derive(Debug)]
pub struct PlainOnces;

impl Onces for PlainOnces {
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
