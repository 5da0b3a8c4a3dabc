//! A thread that wants what it holds itself. The run of a bad program hangs, unless the tool ends it before.

use crate::program::{Program, bad, good};
use crate::tool::{Need, Onces, Tool};
use std::time::Duration;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("mutex", mutex::<T>),
        good("mutex_after_release", mutex_after_release::<T>),
        bad("writer", writer::<T>),
        bad("reader_then_writer", reader_then_writer::<T>),
        bad("writer_then_reader", writer_then_reader::<T>),
        bad("through_a_call", through_a_call::<T>),
        bad("callback", callback::<T>),
        good("callback_after_release", callback_after_release::<T>),
        bad("in_a_destructor", in_a_destructor::<T>),
        good("tried", tried::<T>),
        good("with_a_timeout", with_a_timeout::<T>).needs(&[Need::Timed]),
        bad("subclass_of_the_same_mutex", subclass_of_the_same_mutex::<T>).needs(&[Need::Nested]),
        bad("with_another_between", with_another_between::<T>),
        bad("once", once::<T>).needs(&[Need::Once]),
        good("another_instance", another_instance::<T>),
    ]
}

/// Bad: the second hold waits for the first.
fn mutex<T: Tool>() {
    let mutex = T::mutex();
    let _first = T::lock(&mutex);
    let _second = T::lock(&mutex);
}

/// Good: the first hold ends before the second begins.
fn mutex_after_release<T: Tool>() {
    let mutex = T::mutex();
    *T::lock(&mutex) += 1;
    *T::lock(&mutex) += 1;
}

/// Bad: a writer waits for itself.
fn writer<T: Tool>() {
    let lock = T::rwlock();
    let _first = T::write(&lock);
    let _second = T::write(&lock);
}

/// Bad: a writer waits for all readers, also for its own.
fn reader_then_writer<T: Tool>() {
    let lock = T::rwlock();
    let number = T::read(&lock);
    *T::write(&lock) += *number;
}

/// Bad: a reader waits for the writer, also for its own.
fn writer_then_reader<T: Tool>() {
    let lock = T::rwlock();
    let mut number = T::write(&lock);
    *number += *T::read(&lock);
}

/// Bad: a function takes what its caller holds.
fn through_a_call<T: Tool>() {
    fn add<T: Tool>(to: &T::Mutex) {
        *T::lock(to) += 1;
    }
    let mutex = T::mutex();
    let _held = T::lock(&mutex);
    add::<T>(&mutex);
}

fn for_each<T: Tool>(mutex: &T::Mutex, callback: impl Fn(u32)) {
    let number = T::lock(mutex);
    callback(*number);
}

/// Bad: the callback takes the lock under which it is called.
fn callback<T: Tool>() {
    let mutex = T::mutex();
    for_each::<T>(&mutex, |number| *T::lock(&mutex) = number + 1);
}

/// Good: the value is copied out before the callback is called.
fn callback_after_release<T: Tool>() {
    let mutex = T::mutex();
    let number = *T::lock(&mutex);
    let callback = |number: u32| *T::lock(&mutex) = number + 1;
    callback(number);
}

/// Bad: a value whose destructor takes a mutex is dropped under that mutex.
fn in_a_destructor<T: Tool>() {
    struct Entry<'a, T: Tool>(&'a T::Mutex);
    impl<T: Tool> Drop for Entry<'_, T> {
        fn drop(&mut self) {
            *T::lock(self.0) -= 1;
        }
    }
    let count = T::mutex();
    let entry = Entry::<T>(&count);
    let mut guard = T::lock(&count);
    *guard += 1;
    drop(entry);
}

/// Good: a thread that only tries does not wait.
fn tried<T: Tool>() {
    let mutex = T::mutex();
    let _held = T::lock(&mutex);
    assert!(T::try_lock(&mutex).is_none());
}

/// Good: the wait ends at its timeout.
fn with_a_timeout<T: Tool>() {
    let mutex = T::mutex();
    let _held = T::lock(&mutex);
    assert!(T::lock_for(&mutex, Duration::from_millis(1)).is_none());
}

/// Bad: a subclass tells locks apart, not two holds of one lock.
fn subclass_of_the_same_mutex<T: Tool>() {
    let mutex = T::mutex();
    let _first = T::lock(&mutex);
    let _second = T::lock_nested(&mutex, 1);
}

/// Bad: another lock is taken between the two holds.
fn with_another_between<T: Tool>() {
    let (outer, inner) = (T::mutex(), T::mutex());
    let _outer = T::lock(&outer);
    let _inner = T::lock(&inner);
    let _again = T::lock(&outer);
}

/// Bad: the initialisation waits for its own end.
fn once<T: Tool>() {
    let once = T::Onces::once();
    T::Onces::call_once(&once, || T::Onces::call_once(&once, || ()));
}

/// Good: it holds another lock that is made at the same place.
fn another_instance<T: Tool>() {
    let [one, other]: [T::Mutex; 2] = std::array::from_fn(|_| T::mutex());
    let _one = T::lock(&one);
    let _other = T::lock(&other);
}
