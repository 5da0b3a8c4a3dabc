//! A thread that reads twice at once. It hangs if a writer comes between the two reads.

use crate::program::{Program, bad, good};
use crate::schedule::{Steps, in_turn, together};
use crate::tool::{Need, Tool};
use std::time::Duration;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("without_a_writer", without_a_writer::<T>),
        bad("with_a_writer", with_a_writer::<T>),
        bad("with_an_earlier_writer_thread", with_an_earlier_writer_thread::<T>),
        good("recursively_with_a_writer", recursively_with_a_writer::<T>).needs(&[Need::Recursive]),
        good("tried_with_a_writer", tried_with_a_writer::<T>),
        good("timed_with_a_writer", timed_with_a_writer::<T>).needs(&[Need::Timed]),
        good("with_a_timed_writer", with_a_timed_writer::<T>).needs(&[Need::Timed]),
        good("with_a_writer_that_tries", with_a_writer_that_tries::<T>),
        good("written_by_itself", written_by_itself::<T>),
        bad("written_by_one_of_two_readers", written_by_one_of_two_readers::<T>),
        good("with_a_writer_that_has_ended", with_a_writer_that_has_ended::<T>).needs(&[Need::Threads]),
        good("with_a_writer_behind_a_gate", with_a_writer_behind_a_gate::<T>),
        good("with_a_writer_of_another_lock", with_a_writer_of_another_lock::<T>),
    ]
}

fn twice<T: Tool>(lock: &T::RwLock) {
    let first = T::read(lock);
    let second = T::read(lock);
    assert_eq!(*first, *second);
}

/// Good: nobody writes.
fn without_a_writer<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[&|| twice::<T>(&lock), &|| twice::<T>(&lock)]);
}

/// Bad: the writer waits for the first read, the second read waits behind the writer.
fn with_a_writer<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[&|| twice::<T>(&lock), &|| *T::write(&lock) += 1]);
}

/// Bad: the same, where the writer came first in this run.
fn with_an_earlier_writer_thread<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[&|| *T::write(&lock) += 1, &|| twice::<T>(&lock)]);
}

/// Good: the second read does not queue behind the writer.
fn recursively_with_a_writer<T: Tool>() {
    let lock = T::rwlock();
    let twice = || {
        let first = T::read(&lock);
        let second = T::read_recursive(&lock);
        assert_eq!(*first, *second);
    };
    in_turn::<T>(&[&twice, &|| *T::write(&lock) += 1]);
}

/// Good: the second read is only tried.
fn tried_with_a_writer<T: Tool>() {
    let lock = T::rwlock();
    let twice = || {
        let _first = T::read(&lock);
        let _second = T::try_read(&lock);
    };
    in_turn::<T>(&[&twice, &|| *T::write(&lock) += 1]);
}

/// Good: the second read gives up at its timeout.
fn timed_with_a_writer<T: Tool>() {
    let lock = T::rwlock();
    let twice = || {
        let _first = T::read(&lock);
        let _second = T::read_for(&lock, Duration::from_millis(1));
    };
    in_turn::<T>(&[&twice, &|| *T::write(&lock) += 1]);
}

/// Good: the writer gives up at its timeout, and the second read goes on.
fn with_a_timed_writer<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[&|| twice::<T>(&lock), &|| drop(T::write_for(&lock, Duration::from_millis(1)))]);
}

/// Good: a writer that only tries does not queue.
fn with_a_writer_that_tries<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[&|| twice::<T>(&lock), &|| drop(T::try_write(&lock))]);
}

/// Good: the only writer is the reader itself.
fn written_by_itself<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[&|| {
        *T::write(&lock) += 1;
        twice::<T>(&lock);
    }]);
}

/// Bad: the writer is one of the two readers. In this run it writes last.
fn written_by_one_of_two_readers<T: Tool>() {
    let (lock, steps) = (T::rwlock(), Steps::new::<T>());
    together::<T>(&[
        &|| {
            twice::<T>(&lock);
            steps.done();
            steps.after(2);
            *T::write(&lock) += 1;
        },
        &|| {
            steps.after(1);
            twice::<T>(&lock);
            steps.done();
        },
    ]);
}

/// Good: the writer has ended before the reader begins.
fn with_a_writer_that_has_ended<T: Tool>() {
    let lock = T::rwlock();
    in_turn::<T>(&[&|| *T::write(&lock) += 1]);
    in_turn::<T>(&[&|| twice::<T>(&lock)]);
}

/// Good: the reader and the writer hold the gate, so no writer comes between the two reads.
fn with_a_writer_behind_a_gate<T: Tool>() {
    let (gate, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _gate = T::lock(&gate);
            twice::<T>(&lock);
        },
        &|| {
            let _gate = T::lock(&gate);
            *T::write(&lock) += 1;
        },
    ]);
}

/// Good: the writer writes a lock that is made elsewhere.
fn with_a_writer_of_another_lock<T: Tool>() {
    let (lock, other) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[&|| twice::<T>(&lock), &|| *T::write(&other) += 1]);
}
