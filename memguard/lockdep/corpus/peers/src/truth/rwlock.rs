//! A reader-writer lock in which readers queue behind writers that wait, built on the mutexes of `shuttle`. The one of
//! `shuttle` lets readers pass.

use super::model::LOOKS;
use memguard_lockdep_corpus::plain::{tried, unpoisoned};
use shuttle::sync::{Condvar, Mutex, MutexGuard};
use shuttle::thread;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync;

/// Who holds the lock, and who waits for it.
#[derive(Default)]
struct State {
    readers: usize,
    upgradable: bool,
    writer: bool,
    waiting_writers: usize,
}

impl State {
    fn lets_read(&self) -> bool {
        !self.writer && self.waiting_writers == 0
    }

    fn lets_write(&self) -> bool {
        !self.writer && !self.upgradable && self.readers == 0
    }
}

pub struct RwLock {
    state: Mutex<State>,
    changed: Condvar,
    /// What the lock guards. It is always free when the state says so.
    number: sync::RwLock<u32>,
}

impl RwLock {
    pub fn new() -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), number: sync::RwLock::new(0) }
    }

    /// The state, once it is as wanted.
    fn when(&self, wanted: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        unpoisoned(self.changed.wait_while(unpoisoned(self.state.lock()), |state| !wanted(state)))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = unpoisoned(self.state.lock());
        change(&mut state);
        drop(state);
        self.changed.notify_all();
    }

    fn reader(&self, upgradable: bool) -> Read<'_> {
        let number = tried(self.number.try_read()).expect("the state says that it is free");
        Read { number: Some(number), lock: self, upgradable }
    }

    fn writer(&self) -> Write<'_> {
        let number = tried(self.number.try_write()).expect("the state says that it is free");
        Write { number: Some(number), lock: self }
    }

    pub fn read(&self) -> Read<'_> {
        self.when(State::lets_read).readers += 1;
        self.reader(false)
    }

    pub fn read_recursive(&self) -> Read<'_> {
        self.when(|state| !state.writer).readers += 1;
        self.reader(false)
    }

    pub fn try_read(&self) -> Option<Read<'_>> {
        let mut state = unpoisoned(self.state.lock());
        state.lets_read().then(|| {
            state.readers += 1;
            self.reader(false)
        })
    }

    pub fn upgradable(&self) -> Read<'_> {
        self.when(|state| state.lets_read() && !state.upgradable).upgradable = true;
        self.reader(true)
    }

    pub fn write(&self) -> Write<'_> {
        self.change(|state| state.waiting_writers += 1);
        let mut state = self.when(State::lets_write);
        state.waiting_writers -= 1;
        state.writer = true;
        self.writer()
    }

    pub fn try_write(&self) -> Option<Write<'_>> {
        let mut state = unpoisoned(self.state.lock());
        state.lets_write().then(|| {
            state.writer = true;
            self.writer()
        })
    }

    /// Readers queue behind this writer too, until it gives up.
    pub fn write_in_time(&self) -> Option<Write<'_>> {
        self.change(|state| state.waiting_writers += 1);
        let mut writer = None;
        for _ in 0..LOOKS {
            writer = writer.or_else(|| self.try_write());
            thread::yield_now();
        }
        self.change(|state| state.waiting_writers -= 1);
        writer
    }
}

pub struct Read<'a> {
    number: Option<sync::RwLockReadGuard<'a, u32>>,
    lock: &'a RwLock,
    upgradable: bool,
}

impl<'a> Read<'a> {
    /// Waits until the other readers have gone.
    pub fn upgrade(mut self) -> Write<'a> {
        let lock = self.lock;
        self.number = None;
        mem::forget(self);
        lock.change(|state| state.waiting_writers += 1);
        let mut state = lock.when(|state| state.readers == 0);
        state.waiting_writers -= 1;
        state.upgradable = false;
        state.writer = true;
        lock.writer()
    }
}

impl Drop for Read<'_> {
    fn drop(&mut self) {
        self.number = None;
        let upgradable = self.upgradable;
        self.lock.change(|state| if upgradable { state.upgradable = false } else { state.readers -= 1 });
    }
}

impl Deref for Read<'_> {
    type Target = u32;
    fn deref(&self) -> &u32 {
        self.number.as_ref().expect("it is there until the end")
    }
}

pub struct Write<'a> {
    number: Option<sync::RwLockWriteGuard<'a, u32>>,
    lock: &'a RwLock,
}

impl<'a> Write<'a> {
    pub fn downgrade(mut self) -> Read<'a> {
        let lock = self.lock;
        self.number = None;
        mem::forget(self);
        lock.change(|state| {
            state.writer = false;
            state.readers += 1;
        });
        lock.reader(false)
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.number = None;
        self.lock.change(|state| state.writer = false);
    }
}

impl Deref for Write<'_> {
    type Target = u32;
    fn deref(&self) -> &u32 {
        self.number.as_ref().expect("it is there until the end")
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut u32 {
        self.number.as_mut().expect("it is there until the end")
    }
}
