//! Waits for an initialisation that another thread does.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::{Need, Onces, Tool};
use std::array;

const ONCE: &[Need] = &[Need::Once];

type Once<T> = <<T as Tool>::Onces as Onces>::Once;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("initialiser_takes_what_the_caller_holds", initialiser_takes_what_the_caller_holds::<T>).needs(ONCE),
        good("initialiser_needs_no_lock", initialiser_needs_no_lock::<T>).needs(ONCE),
        good("caller_releases_first", caller_releases_first::<T>).needs(ONCE),
        bad("each_initialises_the_other", each_initialises_the_other::<T>).needs(ONCE),
        good("nested_in_one_order", nested_in_one_order::<T>).needs(ONCE),
        good("already_initialised", already_initialised::<T>).needs(ONCE),
        bad("initialiser_inverts_two_locks", initialiser_inverts_two_locks::<T>).needs(ONCE),
        good("initialiser_tries", initialiser_tries::<T>).needs(ONCE),
    ]
}

/// Bad: one thread holds the lock and waits for the initialiser, which waits for the lock.
fn initialiser_takes_what_the_caller_holds<T: Tool>() {
    let fields: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let mutex = T::mutex();
    in_turn::<T>(&[
        &|| {
            let _held = T::lock(&mutex);
            T::Onces::call_once(&fields[T::pick(2, 0) as usize], || ());
        },
        &|| T::Onces::call_once(&fields[T::pick(2, 1) as usize], || *T::lock(&mutex) += 1),
    ]);
}

/// Good: the initialiser takes no lock.
fn initialiser_needs_no_lock<T: Tool>() {
    let once = T::Onces::once();
    let mutex = T::mutex();
    let call = || {
        let _held = T::lock(&mutex);
        T::Onces::call_once(&once, || ());
    };
    in_turn::<T>(&[&call, &call]);
}

/// Good: nobody holds the lock as it waits for the initialiser.
fn caller_releases_first<T: Tool>() {
    let fields: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let mutex = T::mutex();
    in_turn::<T>(&[
        &|| {
            *T::lock(&mutex) += 1;
            T::Onces::call_once(&fields[T::pick(2, 0) as usize], || *T::lock(&mutex) += 1);
        },
        &|| T::Onces::call_once(&fields[T::pick(2, 1) as usize], || *T::lock(&mutex) += 1),
    ]);
}

/// Bad: each initialiser can wait for the other.
fn each_initialises_the_other<T: Tool>() {
    let left: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let right: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    in_turn::<T>(&[
        &|| {
            let right = &right[T::pick(2, 0) as usize];
            T::Onces::call_once(&left[T::pick(2, 0) as usize], || T::Onces::call_once(right, || ()));
        },
        &|| {
            let left = &left[T::pick(2, 1) as usize];
            T::Onces::call_once(&right[T::pick(2, 1) as usize], || T::Onces::call_once(left, || ()));
        },
    ]);
}

/// Good: left is initialised by way of right, never the other way.
fn nested_in_one_order<T: Tool>() {
    let (left, right) = (T::Onces::once(), T::Onces::once());
    let call = || T::Onces::call_once(&left, || T::Onces::call_once(&right, || ()));
    in_turn::<T>(&[&call, &call]);
}

/// Good: the value is there before anybody asks for it under the lock.
fn already_initialised<T: Tool>() {
    let once = T::Onces::once();
    let mutex = T::mutex();
    T::Onces::call_once(&once, || *T::lock(&mutex) += 1);
    let call = || {
        let _held = T::lock(&mutex);
        T::Onces::call_once(&once, || ());
    };
    in_turn::<T>(&[&call, &call]);
}

/// Bad: the initialiser takes B before A, another thread takes A before B.
fn initialiser_inverts_two_locks<T: Tool>() {
    let once = T::Onces::once();
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock(&b);
        },
        &|| {
            T::Onces::call_once(&once, || {
                let _b = T::lock(&b);
                let _a = T::lock(&a);
            });
        },
    ]);
}

/// Good: the initialiser does not wait for the lock.
fn initialiser_tries<T: Tool>() {
    let fields: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let mutex = T::mutex();
    in_turn::<T>(&[
        &|| {
            let _held = T::lock(&mutex);
            T::Onces::call_once(&fields[T::pick(2, 0) as usize], || ());
        },
        &|| T::Onces::call_once(&fields[T::pick(2, 1) as usize], || drop(T::try_lock(&mutex))),
    ]);
}
