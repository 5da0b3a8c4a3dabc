//! A third lock that keeps the threads apart, or does not.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::Tool;
use std::array;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("on_both_sides", on_both_sides::<T>),
        bad("on_one_side", on_one_side::<T>),
        bad("read_on_both_sides", read_on_both_sides::<T>),
        good("read_and_written", read_and_written::<T>),
        bad("written_first_and_read_later", written_first_and_read_later::<T>),
        good("written_on_both_sides", written_on_both_sides::<T>),
        bad("other_instances", other_instances::<T>),
        bad("released_too_early", released_too_early::<T>),
        bad("taken_too_late", taken_too_late::<T>),
        good("tried", tried::<T>),
        good("two_of_three_threads", two_of_three_threads::<T>),
        bad("one_of_three_threads", one_of_three_threads::<T>),
        bad("two_gates", two_gates::<T>),
        bad("gated_and_not_gated", gated_and_not_gated::<T>),
        bad("one_of_many_passes_by", one_of_many_passes_by::<T>),
        bad("three_threads_that_read", three_threads_that_read::<T>),
    ]
}

fn take<T: Tool>(first: &T::Mutex, second: &T::Mutex) {
    let _first = T::lock(first);
    let _second = T::lock(second);
}

/// Good: only one thread at a time is behind the gate.
fn on_both_sides<T: Tool>() {
    let (gate, a, b) = (T::mutex(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::lock(&gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| gated(&a, &b), &|| gated(&b, &a)]);
}

/// Bad: the second thread passes by the gate.
fn on_one_side<T: Tool>() {
    let (gate, a, b) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _gate = T::lock(&gate);
            take::<T>(&a, &b);
        },
        &|| take::<T>(&b, &a),
    ]);
}

/// Bad: readers of the gate are behind it together.
fn read_on_both_sides<T: Tool>() {
    let (gate, a, b) = (T::rwlock(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::read(&gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| gated(&a, &b), &|| gated(&b, &a)]);
}

/// Good: a reader and a writer of the gate are never behind it together.
fn read_and_written<T: Tool>() {
    let (gate, a, b) = (T::rwlock(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _gate = T::read(&gate);
            take::<T>(&a, &b);
        },
        &|| {
            let _gate = T::write(&gate);
            take::<T>(&b, &a);
        },
    ]);
}

/// Bad: the second time the first thread only reads the gate, as the second thread does.
fn written_first_and_read_later<T: Tool>() {
    let (gate, a, b) = (T::rwlock(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let gate_written = T::write(&gate);
            take::<T>(&a, &b);
            drop(gate_written);
            let _gate = T::read(&gate);
            take::<T>(&a, &b);
        },
        &|| {
            let _gate = T::read(&gate);
            take::<T>(&b, &a);
        },
    ]);
}

/// Good: two writers of the gate are never behind it together.
fn written_on_both_sides<T: Tool>() {
    let (gate, a, b) = (T::rwlock(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::write(&gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| gated(&a, &b), &|| gated(&b, &a)]);
}

/// Bad: each thread holds a gate of its own.
fn other_instances<T: Tool>() {
    let gates: [T::Mutex; 2] = array::from_fn(|_| T::mutex());
    let (a, b) = (T::mutex(), T::mutex());
    let gated = |gate: &T::Mutex, first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::lock(gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| gated(&gates[0], &a, &b), &|| gated(&gates[1], &b, &a)]);
}

/// Bad: the gate is released before the second lock is wanted.
fn released_too_early<T: Tool>() {
    let (gate, a, b) = (T::mutex(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let gate = T::lock(&gate);
        let _first = T::lock(first);
        drop(gate);
        let _second = T::lock(second);
    };
    in_turn::<T>(&[&|| gated(&a, &b), &|| gated(&b, &a)]);
}

/// Bad: one thread waits for the gate with A in hand, the other for A behind the gate.
fn taken_too_late<T: Tool>() {
    let (gate, a, b) = (T::mutex(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let _first = T::lock(first);
        let _gate = T::lock(&gate);
        let _second = T::lock(second);
    };
    in_turn::<T>(&[&|| gated(&a, &b), &|| gated(&b, &a)]);
}

/// Good: a gate that is held counts, however it was taken.
fn tried<T: Tool>() {
    let (gate, a, b) = (T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            if let Some(_gate) = T::try_lock(&gate) {
                take::<T>(&a, &b);
            }
        },
        &|| {
            let _gate = T::lock(&gate);
            take::<T>(&b, &a);
        },
    ]);
}

/// Good: the ring needs all three threads, and two of them are never behind the gate together.
fn two_of_three_threads<T: Tool>() {
    let (gate, a, b, c) = (T::mutex(), T::mutex(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::lock(&gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| gated(&a, &b), &|| gated(&b, &c), &|| take::<T>(&c, &a)]);
}

/// Bad: the gate is held by one thread of the ring only.
fn one_of_three_threads<T: Tool>() {
    let (gate, a, b, c) = (T::mutex(), T::mutex(), T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _gate = T::lock(&gate);
            take::<T>(&a, &b);
        },
        &|| take::<T>(&b, &c),
        &|| take::<T>(&c, &a),
    ]);
}

/// Bad: the two threads hold different gates.
fn two_gates<T: Tool>() {
    let (one, other, a, b) = (T::mutex(), T::mutex(), T::mutex(), T::mutex());
    let gated = |gate: &T::Mutex, first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::lock(gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| gated(&one, &a, &b), &|| gated(&other, &b, &a)]);
}

/// Bad: a thread that passes by the gate comes after one that does not.
fn gated_and_not_gated<T: Tool>() {
    let (gate, a, b) = (T::mutex(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::lock(&gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| gated(&a, &b), &|| gated(&b, &a), &|| take::<T>(&b, &a)]);
}

/// Bad: of twenty threads, one takes A and B without the gate.
fn one_of_many_passes_by<T: Tool>() {
    let (gate, a, b) = (T::mutex(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::lock(&gate);
        take::<T>(first, second);
    };
    let (forth, back, past) = (|| gated(&a, &b), || gated(&b, &a), || take::<T>(&a, &b));
    let mut threads: Vec<&(dyn Fn() + Sync)> = vec![&forth; 20];
    threads[8] = &past;
    threads[19] = &back;
    in_turn::<T>(&threads);
}

/// Bad: a ring of three readers of the gate.
fn three_threads_that_read<T: Tool>() {
    let (gate, a, b, c) = (T::rwlock(), T::mutex(), T::mutex(), T::mutex());
    let gated = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::read(&gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| gated(&a, &b), &|| gated(&b, &c), &|| gated(&c, &a)]);
}
