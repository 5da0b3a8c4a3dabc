//! Several locks that are made at one place, held together.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::{Need, Tool};
use std::array;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("both_orders", both_orders::<T>),
        good("ascending", ascending::<T>),
        good("by_address", by_address::<T>),
        bad("three_in_a_ring", three_in_a_ring::<T>),
        bad("philosophers", philosophers::<T>),
        good("philosophers_with_one_left_handed", philosophers_with_one_left_handed::<T>),
        bad("writers_both_orders", writers_both_orders::<T>),
        good("readers_both_orders", readers_both_orders::<T>),
        bad("readers_both_orders_with_writers", readers_both_orders_with_writers::<T>),
        good("readers_both_orders_with_a_writer_of_one", readers_both_orders_with_a_writer_of_one::<T>),
        good("gate_of_the_same_class", gate_of_the_same_class::<T>),
        bad("nested_both_orders", nested_both_orders::<T>).needs(&[Need::Nested]),
        good("nested", nested::<T>).needs(&[Need::Nested]),
        bad("nested_inverted", nested_inverted::<T>).needs(&[Need::Nested]),
        bad("roles_of_two_instances_change", roles_of_two_instances_change::<T>).needs(&[Need::Nested]),
        good("roles_change_behind_a_gate", roles_change_behind_a_gate::<T>).needs(&[Need::Nested]),
        good("roles_change_in_one_thread", roles_change_in_one_thread::<T>).needs(&[Need::Nested]),
        good("roles_by_address", roles_by_address::<T>).needs(&[Need::Nested]),
        bad("roles_of_three_instances_in_a_ring", roles_of_three_instances_in_a_ring::<T>).needs(&[Need::Nested]),
        bad("roles_of_the_last_of_many_change", roles_of_the_last_of_many_change::<T>).needs(&[Need::Nested]),
        bad("roles_change_by_way_of_another_class", roles_change_by_way_of_another_class::<T>).needs(&[Need::Nested]),
        good("another_class_between_the_roles", another_class_between_the_roles::<T>).needs(&[Need::Nested]),
        good("three_subclasses", three_subclasses::<T>).needs(&[Need::Nested]),
        good("both_orders_behind_a_gate", both_orders_behind_a_gate::<T>),
        bad("many_ascending_one_not", many_ascending_one_not::<T>),
    ]
}

fn take<T: Tool>(first: &T::Mutex, second: &T::Mutex) {
    let _first = T::lock(first);
    let _second = T::lock(second);
}

/// Bad: each thread can hold the instance that the other wants.
fn both_orders<T: Tool>() {
    let [a, b] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[&|| take::<T>(&a, &b), &|| take::<T>(&b, &a)]);
}

/// Good: the instances have one order.
fn ascending<T: Tool>() {
    let locks: [T::Mutex; 6] = array::from_fn(|_| T::mutex());
    let all_pairs = || {
        for second in 1..locks.len() {
            for first in 0..second {
                take::<T>(&locks[first], &locks[second]);
            }
        }
    };
    in_turn::<T>(&[&all_pairs, &all_pairs]);
}

/// Good: the address of a lock gives the order.
fn by_address<T: Tool>() {
    let [a, b] = array::from_fn(|_| T::mutex());
    let take_both = |one: &T::Mutex, other: &T::Mutex| {
        let in_order = std::ptr::from_ref(one) < std::ptr::from_ref(other);
        let (first, second) = if in_order { (one, other) } else { (other, one) };
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| take_both(&a, &b), &|| take_both(&b, &a)]);
}

/// Bad: three instances in a ring.
fn three_in_a_ring<T: Tool>() {
    let [a, b, c] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[&|| take::<T>(&a, &b), &|| take::<T>(&b, &c), &|| take::<T>(&c, &a)]);
}

/// Bad: every philosopher can hold the left fork and wait for the right one.
fn philosophers<T: Tool>() {
    let [a, b, c, d, e] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[
        &|| take::<T>(&a, &b),
        &|| take::<T>(&b, &c),
        &|| take::<T>(&c, &d),
        &|| take::<T>(&d, &e),
        &|| take::<T>(&e, &a),
    ]);
}

/// Good: the last philosopher takes the right fork first.
fn philosophers_with_one_left_handed<T: Tool>() {
    let [a, b, c, d, e] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[
        &|| take::<T>(&a, &b),
        &|| take::<T>(&b, &c),
        &|| take::<T>(&c, &d),
        &|| take::<T>(&d, &e),
        &|| take::<T>(&a, &e),
    ]);
}

/// Bad: writers of two instances in both orders.
fn writers_both_orders<T: Tool>() {
    let [a, b] = array::from_fn(|_| T::rwlock());
    let both = |first: &T::RwLock, second: &T::RwLock| {
        let _first = T::write(first);
        let _second = T::write(second);
    };
    in_turn::<T>(&[&|| both(&a, &b), &|| both(&b, &a)]);
}

/// Good: readers share, and nobody writes.
fn readers_both_orders<T: Tool>() {
    let [a, b] = array::from_fn(|_| T::rwlock());
    in_turn::<T>(&[&|| read_both::<T>(&a, &b), &|| read_both::<T>(&b, &a)]);
}

fn read_both<T: Tool>(first: &T::RwLock, second: &T::RwLock) {
    let _first = T::read(first);
    let _second = T::read(second);
}

/// Bad: each second reader can queue behind a writer, which waits for the other's first read.
fn readers_both_orders_with_writers<T: Tool>() {
    let [a, b] = array::from_fn(|_| T::rwlock());
    let write_each = || {
        *T::write(&a) += 1;
        *T::write(&b) += 1;
    };
    in_turn::<T>(&[&|| read_both::<T>(&a, &b), &|| read_both::<T>(&b, &a), &write_each, &write_each]);
}

/// Good: a thread that wants to read B never waits. By class, a writer of A is a writer of B.
fn readers_both_orders_with_a_writer_of_one<T: Tool>() {
    let [a, b] = array::from_fn(|_| T::rwlock());
    in_turn::<T>(&[&|| read_both::<T>(&a, &b), &|| read_both::<T>(&b, &a), &|| *T::write(&a) += 1]);
}

/// Good: the gate is made where the others are.
fn gate_of_the_same_class<T: Tool>() {
    let [gate, a, b] = array::from_fn(|_| T::mutex());
    let both = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::lock(&gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| both(&a, &b), &|| both(&b, &a)]);
}

/// Bad: two children of one subclass in both orders.
fn nested_both_orders<T: Tool>() {
    let [one, other] = array::from_fn(|_| T::mutex());
    let both = |first: &T::Mutex, second: &T::Mutex| {
        let _first = T::lock_nested(first, 1);
        let _second = T::lock_nested(second, 1);
    };
    in_turn::<T>(&[&|| both(&one, &other), &|| both(&other, &one)]);
}

/// Good: parents come before their children, and a subclass says so.
fn nested<T: Tool>() {
    let [parent, child] = array::from_fn(|_| T::mutex());
    let both = || {
        let _parent = T::lock(&parent);
        let _child = T::lock_nested(&child, 1);
    };
    in_turn::<T>(&[&both, &both]);
}

/// Bad: one thread takes the child first.
fn nested_inverted<T: Tool>() {
    let [parent, child] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[
        &|| {
            let _parent = T::lock(&parent);
            let _child = T::lock_nested(&child, 1);
        },
        &|| {
            let _child = T::lock_nested(&child, 1);
            let _parent = T::lock(&parent);
        },
    ]);
}

/// Takes a parent, and a lock of the same class as its child.
fn as_child<T: Tool>(parent: &T::Mutex, child: &T::Mutex) {
    let _parent = T::lock(parent);
    let _child = T::lock_nested(child, 1);
}

/// Bad: what is the parent in one thread is the child in the other.
fn roles_of_two_instances_change<T: Tool>() {
    let [one, other] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[&|| as_child::<T>(&one, &other), &|| as_child::<T>(&other, &one)]);
}

/// Good: who takes two instances holds the gate.
fn roles_change_behind_a_gate<T: Tool>() {
    let gate = T::mutex();
    let [one, other] = array::from_fn(|_| T::mutex());
    let gated = |parent: &T::Mutex, child: &T::Mutex| {
        let _gate = T::lock(&gate);
        as_child::<T>(parent, child);
    };
    in_turn::<T>(&[&|| gated(&one, &other), &|| gated(&other, &one)]);
}

/// Good: one thread takes them both ways, and the other thread takes others.
fn roles_change_in_one_thread<T: Tool>() {
    let [one, other, third, fourth] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[
        &|| {
            as_child::<T>(&one, &other);
            as_child::<T>(&other, &one);
        },
        &|| as_child::<T>(&third, &fourth),
    ]);
}

/// Good: the address says which one is the parent.
fn roles_by_address<T: Tool>() {
    let [one, other] = array::from_fn(|_| T::mutex());
    let both = |one: &T::Mutex, other: &T::Mutex| {
        let in_order = std::ptr::from_ref(one) < std::ptr::from_ref(other);
        let (parent, child) = if in_order { (one, other) } else { (other, one) };
        as_child::<T>(parent, child);
    };
    in_turn::<T>(&[&|| both(&one, &other), &|| both(&other, &one)]);
}

/// Bad: each is the parent of the next one.
fn roles_of_three_instances_in_a_ring<T: Tool>() {
    let [a, b, c] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[&|| as_child::<T>(&a, &b), &|| as_child::<T>(&b, &c), &|| as_child::<T>(&c, &a)]);
}

/// Bad: of forty pairs, one has changed its roles.
fn roles_of_the_last_of_many_change<T: Tool>() {
    let pairs: [[T::Mutex; 2]; 40] = array::from_fn(|_| array::from_fn(|_| T::mutex()));
    in_turn::<T>(&[&|| pairs.iter().for_each(|[parent, child]| as_child::<T>(parent, child)), &|| {
        as_child::<T>(&pairs[39][1], &pairs[39][0])
    }]);
}

/// Bad: a ring of a parent, its child, and a lock of another class.
fn roles_change_by_way_of_another_class<T: Tool>() {
    let [one, other] = array::from_fn(|_| T::mutex());
    let third = T::mutex();
    in_turn::<T>(&[
        &|| as_child::<T>(&one, &other),
        &|| {
            let _other = T::lock(&other);
            let _third = T::lock(&third);
        },
        &|| {
            let _third = T::lock(&third);
            let _one = T::lock_nested(&one, 1);
        },
    ]);
}

/// Good: first the parent, then another lock, then the child.
fn another_class_between_the_roles<T: Tool>() {
    let [parent, child] = array::from_fn(|_| T::mutex());
    let third = T::mutex();
    in_turn::<T>(&[&|| as_child::<T>(&parent, &child), &|| {
        let _parent = T::lock(&parent);
        let _third = T::lock(&third);
        let _child = T::lock_nested(&child, 1);
    }]);
}

/// Good: three generations in one order.
fn three_subclasses<T: Tool>() {
    let [old, middle, young] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[
        &|| {
            let _old = T::lock(&old);
            let _middle = T::lock_nested(&middle, 1);
            let _young = T::lock_nested(&young, 2);
        },
        &|| {
            let _old = T::lock(&old);
            let _young = T::lock_nested(&young, 2);
        },
    ]);
}

/// Good: who takes two instances holds the gate.
fn both_orders_behind_a_gate<T: Tool>() {
    let gate = T::mutex();
    let [a, b] = array::from_fn(|_| T::mutex());
    let both = |first: &T::Mutex, second: &T::Mutex| {
        let _gate = T::lock(&gate);
        take::<T>(first, second);
    };
    in_turn::<T>(&[&|| both(&a, &b), &|| both(&b, &a)]);
}

/// Bad: of many pairs in order, one is not.
fn many_ascending_one_not<T: Tool>() {
    let locks: [T::Mutex; 24] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[
        &|| {
            for second in 1..locks.len() {
                for first in 0..second {
                    take::<T>(&locks[first], &locks[second]);
                }
            }
        },
        &|| take::<T>(&locks[16], &locks[8]),
    ]);
}
