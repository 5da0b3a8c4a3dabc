//! What the programs of the corpus run on: the locks and threads of this crate. Channels, barriers and initialisation
//! are those of `shuttle`, told to the checker.

use memguard_lockdep::{Event, Lock, Mode, Wait};
use memguard_lockdep_corpus::tool::{Barriers, Channels, Onces, Task, Threads};
use memguard_lockdep_corpus::{Need, Tool};
use memguard_lockdep_steer::sync::{
    Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use memguard_lockdep_steer::{RawMutex, thread};
use shuttle::rand::{RngCore, thread_rng};
use shuttle::sync::{self, mpsc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether the program is to take the way that it is known to take. Otherwise the schedule decides.
pub static KNOWN_WAY: AtomicBool = AtomicBool::new(true);

pub struct Steered;

impl Tool for Steered {
    const NAME: &'static str = "memguard-lockdep-steer";
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
    type RwLock = RwLock<u32>;
    type Read<'a> = RwLockReadGuard<'a, u32>;
    type Write<'a> = RwLockWriteGuard<'a, u32>;
    type Upgradable<'a> = RwLockUpgradableReadGuard<'a, u32>;
    type Condvar = Condvar;
    type Threads = Self;
    type Channels = Self;
    type Barriers = Self;
    type Onces = Self;

    fn watch() {}
    fn pick(below: u32, here: u32) -> u32 {
        let number = if KNOWN_WAY.load(Ordering::Relaxed) { here } else { thread_rng().next_u32() };
        number % below
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
    fn wait_for<'a>(condvar: &Condvar, mut guard: Self::Guard<'a>, timeout: Duration) -> Self::Guard<'a> {
        condvar.wait_for(&mut guard, timeout);
        guard
    }
    fn notify_all(condvar: &Condvar) {
        condvar.notify_all();
    }
}

impl Threads for Steered {
    type Handle = thread::JoinHandle<()>;
    #[track_caller]
    fn spawn(run: impl FnOnce() + Send + 'static) -> Self::Handle {
        thread::spawn(run)
    }
    #[track_caller]
    fn join(handle: Self::Handle) {
        handle.join().expect("the threads of the programs catch their panics");
    }
    #[track_caller]
    fn scope<'a>(threads: Vec<Task<'a>>, then: impl FnOnce()) {
        thread::scope(|scope| {
            for thread in threads {
                scope.spawn(thread);
            }
            then();
        });
    }
}

/// What the ends of a channel wait for.
pub struct Ends {
    message: Event,
    room: Event,
}

pub struct Sender<S>(S, Arc<Ends>);

impl<S: Clone> Clone for Sender<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1.clone())
    }
}

impl<S> Drop for Sender<S> {
    fn drop(&mut self) {
        self.1.message.notify();
    }
}

impl Channels for Steered {
    type Sender = Sender<mpsc::Sender<u32>>;
    type BoundSender = Sender<mpsc::SyncSender<u32>>;
    type Receiver = (mpsc::Receiver<u32>, Arc<Ends>);

    #[track_caller]
    fn channel() -> (Self::Sender, Self::Receiver) {
        let (sender, receiver) = mpsc::channel();
        let ends = Arc::new(Ends { message: Event::new(), room: Event::new() });
        (Sender(sender, ends.clone()), (receiver, ends))
    }
    #[track_caller]
    fn bounded(bound: usize) -> (Self::BoundSender, Self::Receiver) {
        let (sender, receiver) = mpsc::sync_channel(bound);
        let ends = Arc::new(Ends { message: Event::new(), room: Event::new() });
        (Sender(sender, ends.clone()), (receiver, ends))
    }
    #[track_caller]
    fn send(Sender(sender, ends): &Self::Sender, number: u32) {
        ends.message.notify();
        let _ = sender.send(number);
    }
    #[track_caller]
    fn send_bounded(Sender(sender, ends): &Self::BoundSender, number: u32) {
        ends.message.notify();
        let _ = ends.room.wait(|| sender.send(number));
    }
    #[track_caller]
    fn receive((receiver, ends): &Self::Receiver) -> Option<u32> {
        ends.room.notify();
        ends.message.wait(|| receiver.recv().ok())
    }
    #[track_caller]
    fn try_receive((receiver, ends): &Self::Receiver) -> Option<u32> {
        ends.room.notify();
        receiver.try_recv().ok()
    }
}

impl Barriers for Steered {
    type Barrier = (sync::Barrier, Event);
    #[track_caller]
    fn barrier(threads: usize) -> Self::Barrier {
        (sync::Barrier::new(threads), Event::new())
    }
    #[track_caller]
    fn meet((barrier, event): &Self::Barrier) {
        event.notify();
        event.wait(|| barrier.wait());
    }
}

impl Onces for Steered {
    type Once = (lock_api::Mutex<RawMutex, bool>, Lock);
    #[track_caller]
    fn once() -> Self::Once {
        (lock_api::Mutex::new(false), Lock::new())
    }
    #[track_caller]
    fn call_once((done, lock): &Self::Once, initialise: impl FnOnce()) {
        let asked = lock.ask(Mode::Exclusive, Wait::Block);
        let asleep = asked.sleep();
        let mut done = done.lock();
        drop(asleep);
        if *done {
            asked.given_up();
        } else {
            let held = asked.taken();
            initialise();
            held.release();
            *done = true;
        }
    }
    fn is_initialised((done, _): &Self::Once) -> bool {
        done.try_lock().is_some_and(|done| *done)
    }
}
