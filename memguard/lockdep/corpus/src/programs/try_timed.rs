//! Locks that are tried, and locks that are waited for until a timeout.

use crate::program::{Program, bad, good};
use crate::schedule::{in_turn, together};
use crate::tool::{Need, Tool};
use std::time::Duration;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("both_try_the_second", both_try_the_second::<T>),
        good("one_tries_the_second", one_tries_the_second::<T>),
        bad("both_try_the_first", both_try_the_first::<T>),
        good("back_off", back_off::<T>),
        bad("third_lock_after_a_try", third_lock_after_a_try::<T>),
        good("try_read_and_try_write", try_read_and_try_write::<T>),
        bad("try_write_then_wait", try_write_then_wait::<T>),
        good("both_timed", both_timed::<T>).needs(&[Need::Timed]),
        good("one_timed", one_timed::<T>).needs(&[Need::Timed]),
        bad("timed_first", timed_first::<T>).needs(&[Need::Timed]),
        good("timed_writer", timed_writer::<T>).needs(&[Need::Timed]),
        bad("timed_once_waited_once", timed_once_waited_once::<T>).needs(&[Need::Timed]),
    ]
}

const SHORT: Duration = Duration::from_millis(1);

/// Good: nobody waits while it holds a lock.
fn both_try_the_second<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let try_second = |first: &T::Mutex, second: &T::Mutex| {
        let _first = T::lock(first);
        let _second = T::try_lock(second);
    };
    in_turn::<T>(&[&|| try_second(&a, &b), &|| try_second(&b, &a)]);
}

/// Good: the thread that tries goes on and releases what the other waits for.
fn one_tries_the_second<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::try_lock(&b);
        },
        &|| {
            let _b = T::lock(&b);
            let _a = T::lock(&a);
        },
    ]);
}

/// Bad: what was taken by a try is held as any lock is.
fn both_try_the_first<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let try_first = |first: &T::Mutex, second: &T::Mutex| {
        if let Some(_first) = T::try_lock(first) {
            let _second = T::lock(second);
        }
    };
    in_turn::<T>(&[&|| try_first(&a, &b), &|| try_first(&b, &a)]);
}

/// Good: a thread that does not get its second lock releases its first.
fn back_off<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let take_both = |first: &T::Mutex, second: &T::Mutex| {
        let (mut first, mut second) = (first, second);
        loop {
            let held = T::lock(first);
            if T::try_lock(second).is_some() {
                return;
            }
            drop(held);
            std::mem::swap(&mut first, &mut second);
        }
    };
    together::<T>(&[&|| take_both(&a, &b), &|| take_both(&b, &a)]);
}

/// Bad: B is tried, but C is waited for while A and B are held.
fn third_lock_after_a_try<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::try_lock(&b);
            let _c = T::lock(&c);
        },
        &|| {
            let _c = T::lock(&c);
            let _b = T::lock(&b);
        },
    ]);
}

/// Good: readers and writers that only try.
fn try_read_and_try_write<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _a = T::write(&a);
            let _b = T::try_read(&b);
        },
        &|| {
            let _b = T::read(&b);
            let _a = T::try_write(&a);
        },
    ]);
}

/// Bad: what was tried is held while the other lock is waited for.
fn try_write_then_wait<T: Tool>() {
    let (a, b) = (T::rwlock(), T::mutex());
    in_turn::<T>(&[
        &|| {
            if let Some(_a) = T::try_write(&a) {
                let _b = T::lock(&b);
            }
        },
        &|| {
            let _b = T::lock(&b);
            let _a = T::read(&a);
        },
    ]);
}

/// Good: both waits end at their timeout.
fn both_timed<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let timed_second = |first: &T::Mutex, second: &T::Mutex| {
        let _first = T::lock(first);
        let _second = T::lock_for(second, SHORT);
    };
    in_turn::<T>(&[&|| timed_second(&a, &b), &|| timed_second(&b, &a)]);
}

/// Good: one wait ends at its timeout, and then the other thread goes on.
fn one_timed<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock_for(&b, SHORT);
        },
        &|| {
            let _b = T::lock(&b);
            let _a = T::lock(&a);
        },
    ]);
}

/// Bad: what was taken in time is held as any lock is.
fn timed_first<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let timed_first = |first: &T::Mutex, second: &T::Mutex| {
        if let Some(_first) = T::lock_for(first, SHORT) {
            let _second = T::lock(second);
        }
    };
    in_turn::<T>(&[&|| timed_first(&a, &b), &|| timed_first(&b, &a)]);
}

/// Good: the writer gives up, and then the reader goes on.
fn timed_writer<T: Tool>() {
    let (a, b) = (T::rwlock(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _b = T::lock(&b);
            let _a = T::write_for(&a, SHORT);
        },
        &|| {
            let _a = T::read(&a);
            let _b = T::lock(&b);
        },
    ]);
}

/// Bad: the same thread waits for ever in another place.
fn timed_once_waited_once<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _b = T::lock(&b);
            let _a = T::lock(&a);
        },
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock_for(&b, SHORT);
        },
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock(&b);
        },
    ]);
}
