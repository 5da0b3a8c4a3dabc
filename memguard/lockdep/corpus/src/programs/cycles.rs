//! Cycles of more than two locks.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::Tool;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("three", three::<T>),
        good("three_without_the_last", three_without_the_last::<T>),
        bad("four", four::<T>),
        good("four_with_one_turned", four_with_one_turned::<T>),
        bad("three_kinds", three_kinds::<T>),
        bad("eight", eight::<T>),
        bad("nine", nine::<T>),
        bad("two_cycles_that_share_a_lock", two_cycles_that_share_a_lock::<T>),
    ]
}

/// What a thread does that takes one lock and then another.
fn take<T: Tool>(first: &T::Mutex, second: &T::Mutex) {
    let _first = T::lock(first);
    let _second = T::lock(second);
}

/// Bad: A before B before C before A.
fn three<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| take::<T>(&a, &b), &|| take::<T>(&b, &c), &|| take::<T>(&c, &a)]);
}

/// Good: nobody wants A while it holds C.
fn three_without_the_last<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| take::<T>(&a, &b), &|| take::<T>(&b, &c), &|| take::<T>(&a, &c)]);
}

/// Bad: four threads in a ring.
fn four<T: Tool>() {
    let (a, b, c, d) = (T::mutex(), T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| take::<T>(&a, &b), &|| take::<T>(&b, &c), &|| take::<T>(&c, &d), &|| take::<T>(&d, &a)]);
}

/// Good: one of the four threads takes its locks the other way, so no ring closes.
fn four_with_one_turned<T: Tool>() {
    let (a, b, c, d) = (T::mutex(), T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| take::<T>(&a, &b), &|| take::<T>(&b, &c), &|| take::<T>(&c, &d), &|| take::<T>(&a, &d)]);
}

/// Bad: a ring of a mutex, a reader-writer lock that is written, and another mutex.
fn three_kinds<T: Tool>() {
    let (a, lock, c) = (T::mutex(), T::rwlock(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _lock = T::write(&lock);
        },
        &|| {
            let _lock = T::read(&lock);
            let _c = T::lock(&c);
        },
        &|| take::<T>(&c, &a),
    ]);
}

/// Runs a ring of threads, each with the lock of its own and the next lock.
fn ring<T: Tool>(locks: &[T::Mutex]) {
    let threads: Vec<_> =
        (0..locks.len()).map(|at| move || take::<T>(&locks[at], &locks[(at + 1) % locks.len()])).collect();
    let threads: Vec<&(dyn Fn() + Sync)> = threads.iter().map(|thread| thread as _).collect();
    in_turn::<T>(&threads);
}

/// Bad: a ring of eight locks that are made at eight places.
fn eight<T: Tool>() {
    #[rustfmt::skip]
    ring::<T>(&[T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex()]);
}

/// Bad: a ring of nine locks that are made at nine places.
fn nine<T: Tool>() {
    #[rustfmt::skip]
    ring::<T>(&[
        T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex(), T::mutex(),
    ]);
}

/// Bad: each of two rings through A is enough.
fn two_cycles_that_share_a_lock<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| take::<T>(&a, &b), &|| take::<T>(&a, &c), &|| take::<T>(&b, &a), &|| take::<T>(&c, &a)]);
}
