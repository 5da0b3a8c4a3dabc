//! Locks that are released in another order than they were taken.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::Tool;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("first_released_first", first_released_first::<T>),
        bad("first_taken_again", first_taken_again::<T>),
        good("third_after_the_first_is_gone", third_after_the_first_is_gone::<T>),
        bad("third_after_the_first_is_gone_by_two", third_after_the_first_is_gone_by_two::<T>),
        bad("third_while_the_second_is_held", third_while_the_second_is_held::<T>),
        good("middle_released", middle_released::<T>),
        good("reader_released_before_the_writer", reader_released_before_the_writer::<T>),
        bad("one_of_two_reads_released", one_of_two_reads_released::<T>),
    ]
}

/// Good: the order of releases does not matter.
fn first_released_first<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let first = T::lock(&a);
            let second = T::lock(&b);
            drop(first);
            drop(second);
        },
        &|| {
            let first = T::lock(&a);
            let second = T::lock(&b);
            drop(second);
            drop(first);
        },
    ]);
}

/// Bad: A is taken again while B is still held.
fn first_taken_again<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let run = || {
        let first = T::lock(&a);
        let _b = T::lock(&b);
        drop(first);
        let _again = T::lock(&a);
    };
    in_turn::<T>(&[&run, &run]);
}

fn overlap<T: Tool>(a: &T::Mutex, b: &T::Mutex, c: &T::Mutex) {
    let first = T::lock(a);
    let _second = T::lock(b);
    drop(first);
    let _third = T::lock(c);
}

/// Good: the one thread that takes C after B does not hold A any more, and a ring needs two such threads.
fn third_after_the_first_is_gone<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| overlap::<T>(&a, &b, &c), &|| {
        let _c = T::lock(&c);
        let _a = T::lock(&a);
    }]);
}

/// Bad: one thread holds A and wants B, the next holds B and wants C, the last holds C and wants A.
fn third_after_the_first_is_gone_by_two<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| overlap::<T>(&a, &b, &c), &|| overlap::<T>(&a, &b, &c), &|| {
        let _c = T::lock(&c);
        let _a = T::lock(&a);
    }]);
}

/// Bad: B is still held when C is wanted.
fn third_while_the_second_is_held<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| overlap::<T>(&a, &b, &c), &|| {
        let _c = T::lock(&c);
        let _b = T::lock(&b);
    }]);
}

/// Good: the lock in the middle is released before the fourth is wanted.
fn middle_released<T: Tool>() {
    let (a, b, c, d) = (T::mutex(), T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let middle = T::lock(&b);
            let _c = T::lock(&c);
            drop(middle);
            let _d = T::lock(&d);
        },
        &|| {
            let _d = T::lock(&d);
            let _b = T::lock(&b);
        },
    ]);
}

/// Good: the read is over before the write begins.
fn reader_released_before_the_writer<T: Tool>() {
    let (lock, mutex) = (T::rwlock(), T::mutex());
    let run = || {
        let reader = T::read(&lock);
        let _mutex = T::lock(&mutex);
        drop(reader);
    };
    in_turn::<T>(&[&run, &run, &|| *T::write(&lock) += 1]);
}

/// Bad: one of two reads is released, the other is still there as the mutex is wanted.
fn one_of_two_reads_released<T: Tool>() {
    let (lock, mutex) = (T::rwlock(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let first = T::read(&lock);
            let second = T::try_read(&lock);
            drop(first);
            let _mutex = T::lock(&mutex);
            drop(second);
        },
        &|| {
            let _mutex = T::lock(&mutex);
            *T::write(&lock) += 1;
        },
    ]);
}
