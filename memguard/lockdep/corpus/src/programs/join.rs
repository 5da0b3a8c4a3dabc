//! Waits for the end of a thread.

use crate::program::{Program, bad, good};
use crate::schedule::Steps;
use crate::tool::{Need, Task, Threads, Tool};
use std::sync::Arc;

const THREADS: &[Need] = &[Need::Threads];

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("thread_takes_what_the_joiner_holds", thread_takes_what_the_joiner_holds::<T>).needs(THREADS),
        good("thread_takes_another_lock", thread_takes_another_lock::<T>).needs(THREADS),
        good("joiner_releases_first", joiner_releases_first::<T>).needs(THREADS),
        bad("end_of_a_scope", end_of_a_scope::<T>).needs(THREADS),
        good("end_of_a_scope_without_a_lock", end_of_a_scope_without_a_lock::<T>).needs(THREADS),
        bad("thread_that_joins_another", thread_that_joins_another::<T>).needs(THREADS),
        good("both_read", both_read::<T>).needs(THREADS),
        bad("joiner_reads_what_the_thread_writes", joiner_reads_what_the_thread_writes::<T>).needs(THREADS),
        bad("lock_kept_in_a_guard_of_the_caller", lock_kept_in_a_guard_of_the_caller::<T>).needs(THREADS),
        good("thread_tries_what_the_joiner_holds", thread_tries_what_the_joiner_holds::<T>).needs(THREADS),
    ]
}

/// Bad: the joiner keeps the lock as it waits, and the thread needs it before it ends.
fn thread_takes_what_the_joiner_holds<T: Tool>() {
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        *T::lock(&inside.0) += 1;
        inside.1.done();
    });
    shared.1.after(1);
    let _held = T::lock(&shared.0);
    T::Threads::join(thread);
}

/// Good: the thread takes another lock.
fn thread_takes_another_lock<T: Tool>() {
    let (mutex, other) = (T::mutex(), Arc::new(T::mutex()));
    let inside = other.clone();
    let thread = T::Threads::spawn(move || *T::lock(&inside) += 1);
    let _held = T::lock(&mutex);
    T::Threads::join(thread);
}

/// Good: the joiner releases the lock before it waits.
fn joiner_releases_first<T: Tool>() {
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || *T::lock(&inside) += 1);
    *T::lock(&mutex) += 1;
    T::Threads::join(thread);
}

/// Bad: the end of the scope waits for a thread that needs the lock.
fn end_of_a_scope<T: Tool>() {
    let (mutex, steps) = (T::mutex(), Steps::new::<T>());
    let mut held = None;
    let thread: Task<'_> = Box::new(|| {
        *T::lock(&mutex) += 1;
        steps.done();
    });
    T::Threads::scope(vec![thread], || {
        steps.after(1);
        held = Some(T::lock(&mutex));
    });
}

/// Good: nothing is held at the end of the scope.
fn end_of_a_scope_without_a_lock<T: Tool>() {
    let mutex = T::mutex();
    let thread: Task<'_> = Box::new(|| *T::lock(&mutex) += 1);
    T::Threads::scope(vec![thread], || *T::lock(&mutex) += 1);
}

/// Bad: the joiner waits for a thread that waits for a thread that needs the lock.
fn thread_that_joins_another<T: Tool>() {
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let outside = shared.clone();
    let middle = T::Threads::spawn(move || {
        let inside = outside.clone();
        let inner = T::Threads::spawn(move || {
            *T::lock(&inside.0) += 1;
            inside.1.done();
        });
        T::Threads::join(inner);
    });
    shared.1.after(1);
    let _held = T::lock(&shared.0);
    T::Threads::join(middle);
}

/// Good: the joiner and the thread both read, and nobody writes.
fn both_read<T: Tool>() {
    let lock = Arc::new(T::rwlock());
    let inside = lock.clone();
    let thread = T::Threads::spawn(move || assert_eq!(*T::read(&inside), 0));
    let _held = T::read(&lock);
    T::Threads::join(thread);
}

/// Bad: the thread waits to write until the joiner has read.
fn joiner_reads_what_the_thread_writes<T: Tool>() {
    let shared = Arc::new((T::rwlock(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        *T::write(&inside.0) += 1;
        inside.1.done();
    });
    shared.1.after(1);
    let _held = T::read(&shared.0);
    T::Threads::join(thread);
}

/// Bad: the function that joins does not show that its caller holds the lock.
fn lock_kept_in_a_guard_of_the_caller<T: Tool>() {
    fn stop<T: Tool>(worker: &mut Option<<T::Threads as Threads>::Handle>) {
        worker.take().into_iter().for_each(T::Threads::join);
    }
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let mut worker = Some(T::Threads::spawn(move || {
        *T::lock(&inside.0) += 1;
        inside.1.done();
    }));
    shared.1.after(1);
    let mut jobs = T::lock(&shared.0);
    stop::<T>(&mut worker);
    *jobs = 0;
}

/// Good: the thread does not wait for the lock.
fn thread_tries_what_the_joiner_holds<T: Tool>() {
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || drop(T::try_lock(&inside)));
    let _held = T::lock(&mutex);
    T::Threads::join(thread);
}
