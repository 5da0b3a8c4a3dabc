//! Panics while locks are held.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::{Need, Onces, Tool};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("unwound", unwound::<T>),
        bad("inside_the_panic", inside_the_panic::<T>),
        bad("outer_kept", outer_kept::<T>),
        bad("poisoned", poisoned::<T>),
        good("poisoned_in_order", poisoned_in_order::<T>),
        bad("destructor_takes_a_lock", destructor_takes_a_lock::<T>),
        good("reader_unwound", reader_unwound::<T>),
        good("once_unwound", once_unwound::<T>).needs(&[Need::Once]),
        good("taken_again_after_the_panic", taken_again_after_the_panic::<T>),
    ]
}

/// Runs a closure that ends with [`panic`].
fn caught(run: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
}

/// Unwinds as a panic does, without a message.
fn panic() {
    resume_unwind(Box::new(()));
}

fn back<T: Tool>(a: &T::Mutex, b: &T::Mutex) {
    let _b = T::lock(b);
    let _a = T::lock(a);
}

/// Good: the panic released A before B was taken.
fn unwound<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            caught(|| {
                let _a = T::lock(&a);
                panic();
            });
            *T::lock(&b) += 1;
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Bad: A was held as B was taken, no matter what came then.
fn inside_the_panic<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            caught(|| {
                let _a = T::lock(&a);
                let _b = T::lock(&b);
                panic();
            });
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Bad: the panic is caught inside A, which is still held as C is taken.
fn outer_kept<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            caught(|| {
                let _b = T::lock(&b);
                panic();
            });
            *T::lock(&c) += 1;
        },
        &|| back::<T>(&a, &c),
    ]);
}

fn poison<T: Tool>(mutex: &T::Mutex) {
    caught(|| {
        let _held = T::lock(mutex);
        panic();
    });
}

/// Bad: a poisoned mutex is taken as any other.
fn poisoned<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    poison::<T>(&a);
    poison::<T>(&b);
    in_turn::<T>(&[&|| back::<T>(&b, &a), &|| back::<T>(&a, &b)]);
}

/// Good: poisoned mutexes in one order.
fn poisoned_in_order<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    poison::<T>(&a);
    poison::<T>(&b);
    in_turn::<T>(&[&|| back::<T>(&a, &b), &|| back::<T>(&a, &b)]);
}

/// Bad: as the panic unwinds, a destructor takes B while A is held.
fn destructor_takes_a_lock<T: Tool>() {
    struct Count<'a, T: Tool>(&'a T::Mutex);
    impl<T: Tool> Drop for Count<'_, T> {
        fn drop(&mut self) {
            *T::lock(self.0) += 1;
        }
    }
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            caught(|| {
                let _a = T::lock(&a);
                let _count = Count::<T>(&b);
                panic();
            });
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Good: the panic released the reader before the same thread writes.
fn reader_unwound<T: Tool>() {
    let lock = T::rwlock();
    let run = || {
        caught(|| {
            let _reader = T::read(&lock);
            panic();
        });
        *T::write(&lock) += 1;
    };
    in_turn::<T>(&[&run, &run]);
}

/// Good: the initialiser that panicked holds nothing as the mutex is taken.
fn once_unwound<T: Tool>() {
    let mutex = T::mutex();
    in_turn::<T>(&[
        &|| {
            let once = T::Onces::once();
            caught(|| T::Onces::call_once(&once, panic));
            *T::lock(&mutex) += 1;
        },
        &|| {
            let once = T::Onces::once();
            let _held = T::lock(&mutex);
            T::Onces::call_once(&once, || ());
        },
    ]);
}

/// Good: the panic released the mutex, so taking it again is no recursion.
fn taken_again_after_the_panic<T: Tool>() {
    let mutex = T::mutex();
    poison::<T>(&mutex);
    *T::lock(&mutex) += 1;
}
