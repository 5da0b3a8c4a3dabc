//! Orders that differ inside one thread. A thread does not wait for itself, as long as it releases in between.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::Tool;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("both_orders", both_orders::<T>),
        good("both_orders_beside_another_thread", both_orders_beside_another_thread::<T>),
        bad("function_with_both_orders_in_two_threads", function_with_both_orders_in_two_threads::<T>),
        good("ring_of_three", ring_of_three::<T>),
        good("two_threads_do_two_thirds_of_a_ring", two_threads_do_two_thirds_of_a_ring::<T>),
        bad("second_thread_later", second_thread_later::<T>),
        good("main_thread_alone", main_thread_alone::<T>),
    ]
}

fn take<T: Tool>(first: &T::Mutex, second: &T::Mutex) {
    let _first = T::lock(first);
    let _second = T::lock(second);
}

/// Good: there is no other thread.
fn both_orders<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[&|| {
        take::<T>(&a, &b);
        take::<T>(&b, &a);
    }]);
}

/// Good: the other thread takes one lock at a time.
fn both_orders_beside_another_thread<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            take::<T>(&a, &b);
            take::<T>(&b, &a);
        },
        &|| {
            *T::lock(&a) += 1;
            *T::lock(&b) += 1;
        },
    ]);
}

/// Bad: one thread can be in the first half while the other is in the second.
fn function_with_both_orders_in_two_threads<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let run = || {
        take::<T>(&a, &b);
        take::<T>(&b, &a);
    };
    in_turn::<T>(&[&run, &run]);
}

/// Good: one thread does the whole ring.
fn ring_of_three<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| {
        take::<T>(&a, &b);
        take::<T>(&b, &c);
        take::<T>(&c, &a);
    }]);
}

/// Good: a ring of three needs three threads, because each holds one lock and wants the next.
fn two_threads_do_two_thirds_of_a_ring<T: Tool>() {
    let (a, b, c) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            take::<T>(&a, &b);
            take::<T>(&b, &c);
        },
        &|| take::<T>(&c, &a),
    ]);
}

/// Bad: first one thread does both orders, then another joins in.
fn second_thread_later<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            take::<T>(&a, &b);
            take::<T>(&b, &a);
        },
        &|| take::<T>(&b, &a),
    ]);
}

/// Good: the main thread has no second one beside it.
fn main_thread_alone<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    take::<T>(&a, &b);
    take::<T>(&b, &a);
}
