//! The locks of `shuttle`. It finds a deadlock only where threads wait for each other in a schedule that it has tried.

use super::rwlock::{Read, RwLock, Write};
use memguard_lockdep_corpus::plain::{tried, unpoisoned};
use memguard_lockdep_corpus::tool::{Barriers, Channels, Onces, Task, Threads};
use memguard_lockdep_corpus::{Need, Tool};
use shuttle::rand::RngCore;
use shuttle::sync::mpsc;
use shuttle::sync::{Barrier, Condvar, Mutex, MutexGuard, Once};
use shuttle::thread;
use std::time::Duration;

pub struct Shuttle;

/// How often a wait with a timeout looks before it gives up.
pub const LOOKS: usize = 3;

/// Tries a few times, and lets other threads run in between.
fn in_time<G>(look: impl Fn() -> Option<G>) -> Option<G> {
    for _ in 0..LOOKS {
        if let Some(guard) = look() {
            return Some(guard);
        }
        thread::yield_now();
    }
    None
}

impl Tool for Shuttle {
    const NAME: &'static str = "shuttle";
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
    const IN_TURN: bool = false;

    type Mutex = Mutex<u32>;
    type Guard<'a> = MutexGuard<'a, u32>;
    type RwLock = RwLock;
    type Read<'a> = Read<'a>;
    type Write<'a> = Write<'a>;
    type Upgradable<'a> = Read<'a>;
    type Condvar = Condvar;
    type Threads = Self;
    type Channels = Self;
    type Barriers = Self;
    type Onces = Self;

    fn watch() {
        crate::tools::watch_panics("deadlock!");
    }
    fn pick(below: u32, _: u32) -> u32 {
        shuttle::rand::thread_rng().next_u32() % below
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
    fn lock_for(mutex: &Self::Mutex, _: Duration) -> Option<Self::Guard<'_>> {
        in_time(|| tried(mutex.try_lock()))
    }
    fn lock_nested(mutex: &Self::Mutex, _: u32) -> Self::Guard<'_> {
        unpoisoned(mutex.lock())
    }

    fn rwlock() -> RwLock {
        RwLock::new()
    }
    fn read(lock: &RwLock) -> Read<'_> {
        lock.read()
    }
    fn write(lock: &RwLock) -> Write<'_> {
        lock.write()
    }
    fn try_read(lock: &RwLock) -> Option<Read<'_>> {
        lock.try_read()
    }
    fn try_write(lock: &RwLock) -> Option<Write<'_>> {
        lock.try_write()
    }
    fn read_for(lock: &RwLock, _: Duration) -> Option<Read<'_>> {
        in_time(|| lock.try_read())
    }
    fn write_for(lock: &RwLock, _: Duration) -> Option<Write<'_>> {
        lock.write_in_time()
    }
    fn read_recursive(lock: &RwLock) -> Read<'_> {
        lock.read_recursive()
    }
    fn upgradable(lock: &RwLock) -> Read<'_> {
        lock.upgradable()
    }
    fn upgrade(guard: Self::Upgradable<'_>) -> Self::Write<'_> {
        guard.upgrade()
    }
    fn downgrade(guard: Self::Write<'_>) -> Self::Read<'_> {
        guard.downgrade()
    }

    fn condvar() -> Condvar {
        Condvar::new()
    }
    fn wait<'a>(condvar: &Condvar, guard: Self::Guard<'a>) -> Self::Guard<'a> {
        unpoisoned(condvar.wait(guard))
    }
    fn wait_for<'a>(_: &Condvar, guard: Self::Guard<'a>, _: Duration) -> Self::Guard<'a> {
        // The timeout is over at once, which programs must allow for.
        guard
    }
    fn notify_all(condvar: &Condvar) {
        condvar.notify_all();
    }
}

impl Threads for Shuttle {
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

impl Channels for Shuttle {
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

impl Barriers for Shuttle {
    type Barrier = Barrier;
    fn barrier(threads: usize) -> Barrier {
        Barrier::new(threads)
    }
    fn meet(barrier: &Barrier) {
        barrier.wait();
    }
}

impl Onces for Shuttle {
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
