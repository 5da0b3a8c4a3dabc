//! Waits at a barrier.

use crate::program::{Program, bad, good};
use crate::schedule::{Steps, together};
use crate::tool::{Barriers, Need, Tool};

const BARRIER: &[Need] = &[Need::Barrier];

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("the_other_takes_what_is_held", the_other_takes_what_is_held::<T>).needs(BARRIER),
        good("the_other_takes_another_lock", the_other_takes_another_lock::<T>).needs(BARRIER),
        good("released_before", released_before::<T>).needs(BARRIER),
        good("taken_after", taken_after::<T>).needs(BARRIER),
        good("taken_before_an_earlier_round", taken_before_an_earlier_round::<T>).needs(BARRIER),
        good("both_read", both_read::<T>).needs(BARRIER),
        bad("one_reads_one_writes", one_reads_one_writes::<T>).needs(BARRIER),
        good("rounds", rounds::<T>).needs(BARRIER),
        bad("inversion_after_the_barrier", inversion_after_the_barrier::<T>),
    ]
}

/// Bad: one thread keeps the lock at the barrier, and the other needs it to get there.
fn the_other_takes_what_is_held<T: Tool>() {
    let (mutex, barrier, steps) = (T::mutex(), T::Barriers::barrier(2), Steps::new::<T>());
    together::<T>(&[
        &|| {
            *T::lock(&mutex) += 1;
            steps.done();
            T::Barriers::meet(&barrier);
        },
        &|| {
            steps.after(1);
            let _held = T::lock(&mutex);
            T::Barriers::meet(&barrier);
        },
    ]);
}

/// Good: each thread has a lock of its own.
fn the_other_takes_another_lock<T: Tool>() {
    let (mutex, other, barrier) = (T::mutex(), T::mutex(), T::Barriers::barrier(2));
    together::<T>(&[
        &|| {
            let _held = T::lock(&other);
            T::Barriers::meet(&barrier);
        },
        &|| {
            let _held = T::lock(&mutex);
            T::Barriers::meet(&barrier);
        },
    ]);
}

/// Good: nobody holds the lock at the barrier.
fn released_before<T: Tool>() {
    let (mutex, barrier) = (T::mutex(), T::Barriers::barrier(2));
    let run = || {
        *T::lock(&mutex) += 1;
        T::Barriers::meet(&barrier);
    };
    together::<T>(&[&run, &run]);
}

/// Good: one thread keeps the lock at the barrier, and the other needs it only afterwards.
fn taken_after<T: Tool>() {
    let (mutex, barrier) = (T::mutex(), T::Barriers::barrier(2));
    together::<T>(&[
        &|| {
            let _held = T::lock(&mutex);
            T::Barriers::meet(&barrier);
        },
        &|| {
            T::Barriers::meet(&barrier);
            *T::lock(&mutex) += 1;
        },
    ]);
}

/// Good: one thread keeps the lock in the second round, and the other needed it before the first.
fn taken_before_an_earlier_round<T: Tool>() {
    let (mutex, barrier) = (T::mutex(), T::Barriers::barrier(2));
    together::<T>(&[
        &|| {
            T::Barriers::meet(&barrier);
            let _held = T::lock(&mutex);
            T::Barriers::meet(&barrier);
        },
        &|| {
            *T::lock(&mutex) += 1;
            T::Barriers::meet(&barrier);
            T::Barriers::meet(&barrier);
        },
    ]);
}

/// Good: both threads read at the barrier, and nobody writes.
fn both_read<T: Tool>() {
    let (lock, barrier) = (T::rwlock(), T::Barriers::barrier(2));
    let run = || {
        let _held = T::read(&lock);
        T::Barriers::meet(&barrier);
    };
    together::<T>(&[&run, &run]);
}

/// Bad: one thread reads at the barrier, and the other has to write to get there.
fn one_reads_one_writes<T: Tool>() {
    let (lock, barrier, steps) = (T::rwlock(), T::Barriers::barrier(2), Steps::new::<T>());
    together::<T>(&[
        &|| {
            *T::write(&lock) += 1;
            steps.done();
            T::Barriers::meet(&barrier);
        },
        &|| {
            steps.after(1);
            let _held = T::read(&lock);
            T::Barriers::meet(&barrier);
        },
    ]);
}

/// Good: the threads meet many times and hold nothing there.
fn rounds<T: Tool>() {
    let (mutex, barrier) = (T::mutex(), T::Barriers::barrier(3));
    let run = || {
        for _ in 0..10 {
            *T::lock(&mutex) += 1;
            T::Barriers::meet(&barrier);
        }
    };
    together::<T>(&[&run, &run, &run]);
}

/// Bad: a barrier before the locks does not keep the threads apart.
fn inversion_after_the_barrier<T: Tool>() {
    let (a, b, barrier, steps) = (T::mutex(), T::mutex(), T::Barriers::barrier(2), Steps::new::<T>());
    together::<T>(&[
        &|| {
            T::Barriers::meet(&barrier);
            let _a = T::lock(&a);
            let _b = T::lock(&b);
            steps.done();
        },
        &|| {
            T::Barriers::meet(&barrier);
            steps.after(1);
            let _b = T::lock(&b);
            let _a = T::lock(&a);
        },
    ]);
}
