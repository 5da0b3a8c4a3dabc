//! Two locks, taken by two threads.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::Tool;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("mutexes", mutexes::<T>),
        good("mutexes_in_one_order", mutexes_in_one_order::<T>),
        bad("writers", writers::<T>),
        good("writers_in_one_order", writers_in_one_order::<T>),
        bad("mutex_and_writer", mutex_and_writer::<T>),
        bad("through_calls", through_calls::<T>),
        bad("with_a_lock_between", with_a_lock_between::<T>),
        good("released_before", released_before::<T>),
        good("separate_pairs", separate_pairs::<T>),
        bad("second_time_round", second_time_round::<T>),
        bad("only_the_third_thread", only_the_third_thread::<T>),
    ]
}

/// Bad: each thread can hold what the other wants.
fn mutexes<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock(&b);
        },
        &|| {
            let _b = T::lock(&b);
            let _a = T::lock(&a);
        },
    ]);
}

/// Good: both threads take A before B.
fn mutexes_in_one_order<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let both = || {
        let _a = T::lock(&a);
        let _b = T::lock(&b);
    };
    in_turn::<T>(&[&both, &both]);
}

/// Bad: writers exclude each other as mutexes do.
fn writers<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _a = T::write(&a);
            let _b = T::write(&b);
        },
        &|| {
            let _b = T::write(&b);
            let _a = T::write(&a);
        },
    ]);
}

/// Good: both writers take A before B.
fn writers_in_one_order<T: Tool>() {
    let (a, b) = (T::rwlock(), T::rwlock());
    let both = || {
        let _a = T::write(&a);
        let _b = T::write(&b);
    };
    in_turn::<T>(&[&both, &both]);
}

/// Bad: the two locks need not be of one kind.
fn mutex_and_writer<T: Tool>() {
    let (mutex, lock) = (T::mutex(), T::rwlock());
    in_turn::<T>(&[
        &|| {
            let _mutex = T::lock(&mutex);
            *T::write(&lock) += 1;
        },
        &|| {
            let _lock = T::write(&lock);
            *T::lock(&mutex) += 1;
        },
    ]);
}

/// Bad: the inner locks are taken in functions that do not show it.
fn through_calls<T: Tool>() {
    fn add<T: Tool>(to: &T::Mutex) {
        *T::lock(to) += 1;
    }
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            add::<T>(&b);
        },
        &|| {
            let _b = T::lock(&b);
            add::<T>(&a);
        },
    ]);
}

/// Bad: A is held while C is wanted, although B is taken between.
fn with_a_lock_between<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock(&b);
            let _c = T::lock(&c);
        },
        &|| {
            let _c = T::lock(&c);
            let _a = T::lock(&a);
        },
    ]);
}

/// Good: the first thread holds nothing when it takes B.
fn released_before<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            drop(T::lock(&a));
            drop(T::lock(&b));
        },
        &|| {
            let _b = T::lock(&b);
            let _a = T::lock(&a);
        },
    ]);
}

/// Good: the two threads share no lock.
fn separate_pairs<T: Tool>() {
    let (a, b, c, d) = (T::mutex(), T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock(&b);
        },
        &|| {
            let _d = T::lock(&d);
            let _c = T::lock(&c);
        },
    ]);
}

/// Bad: the last of many rounds takes the locks the other way.
fn second_time_round<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock(&b);
        },
        &|| {
            for round in 0..20 {
                let (first, second) = if round < 19 { (&a, &b) } else { (&b, &a) };
                let _first = T::lock(first);
                let _second = T::lock(second);
            }
        },
    ]);
}

/// Bad: two threads agree, the third does not.
fn only_the_third_thread<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let both = || {
        let _a = T::lock(&a);
        let _b = T::lock(&b);
    };
    in_turn::<T>(&[&both, &both, &|| {
        let _b = T::lock(&b);
        let _a = T::lock(&a);
    }]);
}
