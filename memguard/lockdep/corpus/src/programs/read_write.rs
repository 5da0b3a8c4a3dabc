//! Readers and writers of two locks. A reader that comes may wait behind a writer that waits.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::{Need, Tool};
use std::time::Duration;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("readers", readers::<T>),
        bad("readers_with_writers_of_both", readers_with_writers_of_both::<T>),
        good("readers_with_a_writer_of_one", readers_with_a_writer_of_one::<T>),
        good("recursive_readers_with_writers", recursive_readers_with_writers::<T>).needs(&[Need::Recursive]),
        bad("readers_want_to_write", readers_want_to_write::<T>),
        bad("writers_want_to_read", writers_want_to_read::<T>),
        good("one_reads_then_writes", one_reads_then_writes::<T>),
        bad("one_reads_then_writes_with_a_writer", one_reads_then_writes_with_a_writer::<T>),
        good("one_writes_then_reads", one_writes_then_reads::<T>),
        good("mutex_and_readers", mutex_and_readers::<T>),
        bad("mutex_and_readers_with_a_writer", mutex_and_readers_with_a_writer::<T>),
        good("mutex_and_readers_written_by_one_of_them", mutex_and_readers_written_by_one_of_them::<T>),
        good("mutex_and_readers_with_a_writer_that_tries", mutex_and_readers_with_a_writer_that_tries::<T>),
        good("mutex_and_readers_with_a_timed_writer", mutex_and_readers_with_a_timed_writer::<T>).needs(&[Need::Timed]),
        good("mutex_and_readers_with_an_earlier_writer", mutex_and_readers_with_an_earlier_writer::<T>)
            .needs(&[Need::Threads]),
        good("mutex_and_readers_with_a_gated_writer", mutex_and_readers_with_a_gated_writer::<T>),
        bad("mutex_and_writer_of_what_is_read", mutex_and_writer_of_what_is_read::<T>),
    ]
}

fn read_both<T: Tool>(first: &T::RwLock, second: &T::RwLock) {
    let _first = T::read(first);
    let _second = T::read(second);
}

/// Good: readers share, and nobody writes.
fn readers<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[&|| read_both::<T>(&a, &b), &|| read_both::<T>(&b, &a)]);
}

/// Bad: each second reader can queue behind a writer, which waits for the other's first read.
fn readers_with_writers_of_both<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[&|| read_both::<T>(&a, &b), &|| read_both::<T>(&b, &a), &|| *T::write(&a) += 1, &|| {
        *T::write(&b) += 1
    }]);
}

/// Good: a thread that wants to read B never waits, so A becomes free.
fn readers_with_a_writer_of_one<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[&|| read_both::<T>(&a, &b), &|| read_both::<T>(&b, &a), &|| *T::write(&a) += 1]);
}

/// Good: recursive readers do not queue behind writers.
fn recursive_readers_with_writers<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    let both = |first: &T::RwLock, second: &T::RwLock| {
        let _first = T::read(first);
        let _second = T::read_recursive(second);
    };
    in_turn::<T>(&[&|| both(&a, &b), &|| both(&b, &a), &|| *T::write(&a) += 1, &|| *T::write(&b) += 1]);
}

/// Bad: each thread reads what the other wants to write.
fn readers_want_to_write<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let number = T::read(&a);
            *T::write(&b) += *number;
        },
        &|| {
            let number = T::read(&b);
            *T::write(&a) += *number;
        },
    ]);
}

/// Bad: each thread writes what the other wants to read.
fn writers_want_to_read<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let mut number = T::write(&a);
            *number += *T::read(&b);
        },
        &|| {
            let mut number = T::write(&b);
            *number += *T::read(&a);
        },
    ]);
}

/// Good: the second thread reads A, which the first one only reads, so it goes on and gives B back.
fn one_reads_then_writes<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let number = T::read(&a);
            *T::write(&b) += *number;
        },
        &|| {
            let mut number = T::write(&b);
            *number += *T::read(&a);
        },
    ]);
}

/// Bad: as before, but the second thread can queue behind a writer of A, which waits for the first.
fn one_reads_then_writes_with_a_writer<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let number = T::read(&a);
            *T::write(&b) += *number;
        },
        &|| {
            let mut number = T::write(&b);
            *number += *T::read(&a);
        },
        &|| *T::write(&a) += 1,
    ]);
}

/// Good: the first thread reads B, which the second only reads, so it goes on and gives A back.
fn one_writes_then_reads<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let mut number = T::write(&a);
            *number += *T::read(&b);
        },
        &|| {
            let number = T::read(&b);
            *T::write(&a) += *number;
        },
    ]);
}

fn mutex_then_read<T: Tool>(mutex: &T::Mutex, lock: &T::RwLock) {
    let _mutex = T::lock(mutex);
    let _lock = T::read(lock);
}

fn read_then_mutex<T: Tool>(mutex: &T::Mutex, lock: &T::RwLock) {
    let _lock = T::read(lock);
    let _mutex = T::lock(mutex);
}

/// Good: the reader that holds the mutex never waits.
fn mutex_and_readers<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[&|| mutex_then_read::<T>(&mutex, &lock), &|| read_then_mutex::<T>(&mutex, &lock)]);
}

/// Bad: the reader that holds the mutex can queue behind a writer, which waits for the other reader.
fn mutex_and_readers_with_a_writer<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[&|| mutex_then_read::<T>(&mutex, &lock), &|| read_then_mutex::<T>(&mutex, &lock), &|| {
        *T::write(&lock) += 1
    }]);
}

/// Good: the only writer is one of the two readers, and does not wait to write while it waits to read.
fn mutex_and_readers_written_by_one_of_them<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            *T::write(&lock) += 1;
            mutex_then_read::<T>(&mutex, &lock);
        },
        &|| read_then_mutex::<T>(&mutex, &lock),
    ]);
}

/// Good: a writer that only tries does not queue.
fn mutex_and_readers_with_a_writer_that_tries<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[&|| mutex_then_read::<T>(&mutex, &lock), &|| read_then_mutex::<T>(&mutex, &lock), &|| {
        drop(T::try_write(&lock))
    }]);
}

/// Good: the writer gives up at its timeout, and the readers behind it go on.
fn mutex_and_readers_with_a_timed_writer<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[&|| mutex_then_read::<T>(&mutex, &lock), &|| read_then_mutex::<T>(&mutex, &lock), &|| {
        drop(T::write_for(&lock, Duration::from_millis(1)))
    }]);
}

/// Good: the writer has ended before the readers begin.
fn mutex_and_readers_with_an_earlier_writer<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[&|| *T::write(&lock) += 1]);
    in_turn::<T>(&[&|| mutex_then_read::<T>(&mutex, &lock), &|| read_then_mutex::<T>(&mutex, &lock)]);
}

/// Good: the writer and the reader that could queue behind it both hold the gate.
fn mutex_and_readers_with_a_gated_writer<T: Tool>() {
    let (gate, mutex, lock) = (T::mutex(), T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _gate = T::lock(&gate);
            mutex_then_read::<T>(&mutex, &lock);
        },
        &|| read_then_mutex::<T>(&mutex, &lock),
        &|| {
            let _gate = T::lock(&gate);
            *T::write(&lock) += 1;
        },
    ]);
}

/// Bad: a writer waits for the reader, who waits for the writer's mutex.
fn mutex_and_writer_of_what_is_read<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _mutex = T::lock(&mutex);
            *T::write(&lock) += 1;
        },
        &|| read_then_mutex::<T>(&mutex, &lock),
    ]);
}
