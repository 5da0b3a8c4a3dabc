//! Readers that can become the writer, and writers that become readers.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::{Need, Tool};

const UPGRADABLE: &[Need] = &[Need::Upgradable];

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("two_upgraders", two_upgraders::<T>).needs(UPGRADABLE),
        bad("twice", twice::<T>).needs(UPGRADABLE),
        bad("read_then_upgradable", read_then_upgradable::<T>).needs(UPGRADABLE),
        bad("with_a_mutex", with_a_mutex::<T>).needs(UPGRADABLE),
        good("mutex_and_reader", mutex_and_reader::<T>).needs(UPGRADABLE),
        bad("mutex_and_reader_after_the_upgrade", mutex_and_reader_after_the_upgrade::<T>).needs(UPGRADABLE),
        bad("readers_hold_what_the_upgrade_waits_for", readers_hold_what_the_upgrade_waits_for::<T>).needs(UPGRADABLE),
        good("reader_beside_the_upgrade", reader_beside_the_upgrade::<T>).needs(UPGRADABLE),
        bad("read_then_upgrade", read_then_upgrade::<T>).needs(UPGRADABLE),
        bad("reader_behind_an_upgrade", reader_behind_an_upgrade::<T>).needs(UPGRADABLE),
        good("as_a_gate", as_a_gate::<T>).needs(UPGRADABLE),
        good("downgrade_then_mutex", downgrade_then_mutex::<T>).needs(&[Need::Downgrade]),
        bad("two_downgrade_then_mutex", two_downgrade_then_mutex::<T>).needs(&[Need::Downgrade]),
    ]
}

fn upgrade<T: Tool>(lock: &T::RwLock) {
    let reader = T::upgradable(lock);
    let number = *reader;
    *T::upgrade(reader) = number + 1;
}

/// Good: only one thread at a time is upgradable.
fn two_upgraders<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[&|| upgrade::<T>(&lock), &|| upgrade::<T>(&lock)]);
}

/// Bad: the second upgradable hold waits for the first.
fn twice<T: Tool>() {
    let lock = T::rwlock();
    let _first = T::upgradable(&lock);
    let _second = T::upgradable(&lock);
}

/// Bad: one thread waits for the upgrader, which waits for that thread's first read.
fn read_then_upgradable<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[
        &|| {
            let _read = T::read(&lock);
            let _upgradable = T::upgradable(&lock);
        },
        &|| upgrade::<T>(&lock),
    ]);
}

/// Bad: two upgradable holds exclude each other as mutexes do.
fn with_a_mutex<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _mutex = T::lock(&mutex);
            let _lock = T::upgradable(&lock);
        },
        &|| {
            let _lock = T::upgradable(&lock);
            let _mutex = T::lock(&mutex);
        },
    ]);
}

/// Good: a reader does not wait for an upgradable hold.
fn mutex_and_reader<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _mutex = T::lock(&mutex);
            let _lock = T::read(&lock);
        },
        &|| {
            let _lock = T::upgradable(&lock);
            let _mutex = T::lock(&mutex);
        },
    ]);
}

/// Bad: after the upgrade the second thread is a writer, for which the reader waits.
fn mutex_and_reader_after_the_upgrade<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _mutex = T::lock(&mutex);
            let _lock = T::read(&lock);
        },
        &|| {
            let _lock = T::upgrade(T::upgradable(&lock));
            let _mutex = T::lock(&mutex);
        },
    ]);
}

/// Bad: the upgrade waits for a reader, which waits for the upgrader's mutex.
fn readers_hold_what_the_upgrade_waits_for<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let reader = T::upgradable(&lock);
            let _mutex = T::lock(&mutex);
            *T::upgrade(reader) += 1;
        },
        &|| {
            let _lock = T::read(&lock);
            let _mutex = T::lock(&mutex);
        },
    ]);
}

/// Good: the reader takes the mutex first, so it never waits for it as a reader.
fn reader_beside_the_upgrade<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let reader = T::upgradable(&lock);
            let _mutex = T::lock(&mutex);
            *T::upgrade(reader) += 1;
        },
        &|| {
            let _mutex = T::lock(&mutex);
            let _lock = T::read(&lock);
        },
    ]);
}

/// Bad: the upgrade waits for all readers, also for the thread's own.
fn read_then_upgrade<T: Tool>() {
    let lock = T::rwlock();
    let _read = T::read(&lock);
    upgrade::<T>(&lock);
}

/// Bad: the reader with the mutex can queue behind the upgrade, which waits for the other reader.
fn reader_behind_an_upgrade<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| upgrade::<T>(&lock),
        &|| {
            let _lock = T::read(&lock);
            let _mutex = T::lock(&mutex);
        },
        &|| {
            let _mutex = T::lock(&mutex);
            let _lock = T::read(&lock);
        },
    ]);
}

/// Good: an upgradable hold keeps the other upgradable thread out.
fn as_a_gate<T: Tool>() {
    let (gate, a, b) = (T::rwlock(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _gate = T::upgradable(&gate);
            let _a = T::lock(&a);
            let _b = T::lock(&b);
        },
        &|| {
            let _gate = T::upgradable(&gate);
            let _b = T::lock(&b);
            let _a = T::lock(&a);
        },
    ]);
}

fn downgrade_then_lock<T: Tool>(lock: &T::RwLock, mutex: &T::Mutex) {
    let mut writer = T::write(lock);
    *writer += 1;
    let _reader = T::downgrade(writer);
    let _mutex = T::lock(mutex);
}

/// Good: the lock is only read while the mutex is wanted, and its only writer is that reader.
fn downgrade_then_mutex<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[&|| downgrade_then_lock::<T>(&lock, &mutex), &|| {
        let _mutex = T::lock(&mutex);
        let _lock = T::read(&lock);
    }]);
}

/// Bad: a second such thread waits as a writer, and the reader with the mutex queues behind it.
fn two_downgrade_then_mutex<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[&|| downgrade_then_lock::<T>(&lock, &mutex), &|| downgrade_then_lock::<T>(&lock, &mutex), &|| {
        let _mutex = T::lock(&mutex);
        let _lock = T::read(&lock);
    }]);
}
