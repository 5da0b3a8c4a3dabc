//! Guards that live longer, or shorter, than the eye sees.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::Tool;
use std::mem;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("leaked", leaked::<T>),
        good("leaked_in_order", leaked_in_order::<T>),
        bad("leaked_then_wanted", leaked_then_wanted::<T>),
        good("leaked_and_the_lock_dropped", leaked_and_the_lock_dropped::<T>),
        bad("in_a_field", in_a_field::<T>),
        good("field_taken_out", field_taken_out::<T>),
        bad("returned", returned::<T>),
        good("dropped_in_a_call", dropped_in_a_call::<T>),
        good("underscore", underscore::<T>),
        bad("scrutinee_of_a_match", scrutinee_of_a_match::<T>),
        good("copied_out_before_the_match", copied_out_before_the_match::<T>),
        bad("in_a_vector", in_a_vector::<T>),
        bad("assigned_over", assigned_over::<T>),
        good("released_before_the_assignment", released_before_the_assignment::<T>),
        bad("two_guards_in_one_expression", two_guards_in_one_expression::<T>),
        bad("in_a_closure", in_a_closure::<T>),
        good("swapped", swapped::<T>),
    ]
}

fn back<T: Tool>(a: &T::Mutex, b: &T::Mutex) {
    let _b = T::lock(b);
    let _a = T::lock(a);
}

/// Bad: A stays locked for ever, and the other thread waits for it, if it comes second.
fn leaked<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[&|| back::<T>(&a, &b), &|| {
        mem::forget(T::lock(&a));
        let _b = T::lock(&b);
    }]);
}

/// Good: A stays locked for ever, and nobody else wants it.
fn leaked_in_order<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[&|| *T::lock(&b) += 1, &|| {
        mem::forget(T::lock(&a));
        let _b = T::lock(&b);
    }]);
}

/// Bad: the thread waits for the guard that it leaked.
fn leaked_then_wanted<T: Tool>() {
    let mutex = T::mutex();
    mem::forget(T::lock(&mutex));
    *T::lock(&mutex) += 1;
}

/// Good: the lock of the leaked guard is gone, so it is not held any more.
fn leaked_and_the_lock_dropped<T: Tool>() {
    let mutex = T::mutex();
    in_turn::<T>(&[
        &|| {
            let gone = T::mutex();
            mem::forget(T::lock(&gone));
            drop(gone);
            *T::lock(&mutex) += 1;
        },
        &|| {
            let other = T::mutex();
            let _held = T::lock(&mutex);
            *T::lock(&other) += 1;
        },
    ]);
}

struct Session<'a, T: Tool> {
    guard: Option<T::Guard<'a>>,
}

/// Bad: the session keeps its guard as B is wanted.
fn in_a_field<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let session = Session::<T> { guard: Some(T::lock(&a)) };
            *T::lock(&b) += 1;
            drop(session);
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Good: the session gives its guard back before B is wanted.
fn field_taken_out<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let mut session = Session::<T> { guard: Some(T::lock(&a)) };
            session.guard.take();
            *T::lock(&b) += 1;
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Bad: a function returns its guard, and the caller keeps it.
fn returned<T: Tool>() {
    fn add<T: Tool>(to: &T::Mutex) -> T::Guard<'_> {
        let mut guard = T::lock(to);
        *guard += 1;
        guard
    }
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let sum = add::<T>(&a);
            *T::lock(&b) += *sum;
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Good: a function takes the guard and drops it.
fn dropped_in_a_call<T: Tool>() {
    fn finish<T: Tool>(mut guard: T::Guard<'_>) {
        *guard += 1;
    }
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            finish::<T>(T::lock(&a));
            *T::lock(&b) += 1;
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Good: a guard that is assigned to nothing is dropped at once.
#[allow(let_underscore_lock, reason = "the program is about that")]
fn underscore<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _ = T::lock(&a);
            *T::lock(&b) += 1;
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Bad: the guard of a match lives until its end.
#[allow(clippy::significant_drop_in_scrutinee, reason = "the program is about that")]
fn scrutinee_of_a_match<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| match *T::lock(&a) {
            0 => *T::lock(&b) += 1,
            1 => *T::lock(&b) -= 1,
            _ => (),
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Good: the number is copied out, and the guard is gone before the match.
fn copied_out_before_the_match<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let number = *T::lock(&a);
            match number {
                0 => *T::lock(&b) += 1,
                1 => *T::lock(&b) -= 1,
                _ => (),
            }
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Bad: a vector keeps all guards.
fn in_a_vector<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _all: Vec<_> = [&a, &b, &c].into_iter().map(|mutex| T::lock(mutex)).collect();
        },
        &|| back::<T>(&a, &c),
    ]);
}

/// Bad: the new guard is taken before the old one is dropped.
fn assigned_over<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let mut guard = T::lock(&a);
            *guard += 1;
            guard = T::lock(&b);
            *guard += 1;
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Good: the old guard is dropped before the new one is taken.
fn released_before_the_assignment<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let mut guard = Some(T::lock(&a));
            guard.take();
            guard = Some(T::lock(&b));
            drop(guard);
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Bad: both guards live until the end of the statement.
fn two_guards_in_one_expression<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[&|| assert_eq!(*T::lock(&a), *T::lock(&b)), &|| back::<T>(&a, &b)]);
}

/// Bad: the closure keeps the guard that it captured.
fn in_a_closure<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let mut guard = T::lock(&a);
            let mut later = move || *guard += 1;
            *T::lock(&b) += 1;
            later();
        },
        &|| back::<T>(&a, &b),
    ]);
}

/// Good: a swap changes which name has which guard, not what is held.
fn swapped<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let (mut one, mut other) = (T::lock(&a), T::lock(&b));
            mem::swap(&mut one, &mut other);
            drop(other);
            let _c = T::lock(&c);
            drop(one);
        },
        &|| {
            let _c = T::lock(&c);
            let _a = T::lock(&a);
        },
    ]);
}
