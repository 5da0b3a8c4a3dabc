//! Walks over lists and trees, with a lock in each node.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::Tool;
use std::array;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("list", list::<T>),
        bad("list_backwards", list_backwards::<T>),
        good("long_list", long_list::<T>),
        good("linked_list", linked_list::<T>),
        good("tree", tree::<T>),
        bad("siblings_both_ways", siblings_both_ways::<T>),
        bad("child_to_parent", child_to_parent::<T>),
        bad("under_seventy_locks", under_seventy_locks::<T>),
        good("seventy_locks_in_order", seventy_locks_in_order::<T>),
    ]
}

/// Takes each lock before it releases the one before.
fn walk<'a, T: Tool>(mut nodes: impl Iterator<Item = &'a T::Mutex>) {
    let Some(first) = nodes.next() else { return };
    let mut held = T::lock(first);
    for node in nodes {
        let next = T::lock(node);
        held = next;
    }
    drop(held);
}

/// Good: both threads walk in one direction.
fn list<T: Tool>() {
    let nodes: [T::Mutex; 10] = array::from_fn(|_| T::mutex());
    let run = || walk::<T>(nodes.iter());
    in_turn::<T>(&[&run, &run]);
}

/// Bad: two threads meet in the middle.
fn list_backwards<T: Tool>() {
    let nodes: [T::Mutex; 10] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[&|| walk::<T>(nodes.iter()), &|| walk::<T>(nodes.iter().rev())]);
}

/// Good: a list of 200 nodes, of which two are held at a time.
fn long_list<T: Tool>() {
    let nodes: Vec<T::Mutex> = (0..200).map(|_| T::mutex()).collect();
    let run = || walk::<T>(nodes.iter());
    in_turn::<T>(&[&run, &run]);
}

struct Node<T: Tool> {
    lock: T::Mutex,
    next: Option<Box<Node<T>>>,
}

/// Good: a list of boxes, built from its end, walked from its head.
fn linked_list<T: Tool>() {
    let mut head = None;
    for _ in 0..10 {
        head = Some(Box::new(Node::<T> { lock: T::mutex(), next: head }));
    }
    let run = || walk::<T>(std::iter::successors(head.as_deref(), |node| node.next.as_deref()).map(|node| &node.lock));
    in_turn::<T>(&[&run, &run]);
}

/// The children of node n are the nodes 2n + 1 and 2n + 2.
fn nodes<T: Tool>() -> [T::Mutex; 15] {
    array::from_fn(|_| T::mutex())
}

/// Good: all paths go from the root to a leaf.
fn tree<T: Tool>() {
    let nodes = nodes::<T>();
    in_turn::<T>(&[
        &|| walk::<T>([0, 1, 3, 7].into_iter().map(|at| &nodes[at])),
        &|| walk::<T>([0, 2, 5, 11].into_iter().map(|at| &nodes[at])),
        &|| walk::<T>([0, 1, 4, 10].into_iter().map(|at| &nodes[at])),
    ]);
}

/// Bad: under the same parent, which is released, siblings are taken in both orders.
fn siblings_both_ways<T: Tool>() {
    let nodes = nodes::<T>();
    in_turn::<T>(&[&|| walk::<T>([0, 1, 2].into_iter().map(|at| &nodes[at])), &|| {
        walk::<T>([0, 2, 1].into_iter().map(|at| &nodes[at]))
    }]);
}

/// Bad: one thread walks from a leaf to the root.
fn child_to_parent<T: Tool>() {
    let nodes = nodes::<T>();
    in_turn::<T>(&[&|| walk::<T>([0, 1, 3, 7].into_iter().map(|at| &nodes[at])), &|| {
        walk::<T>([7, 3].into_iter().map(|at| &nodes[at]))
    }]);
}

/// Runs the closure while the thread holds 70 locks.
fn under_many<T: Tool>(then: impl Fn()) {
    let many: Vec<T::Mutex> = (0..70).map(|_| T::mutex()).collect();
    let _held: Vec<T::Guard<'_>> = many.iter().map(|mutex| T::lock(mutex)).collect();
    then();
}

/// Bad: two threads take A and B in both orders, while each holds 70 other locks.
fn under_seventy_locks<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            under_many::<T>(|| {
                let _a = T::lock(&a);
                let _b = T::lock(&b);
            });
        },
        &|| {
            under_many::<T>(|| {
                let _b = T::lock(&b);
                let _a = T::lock(&a);
            });
        },
    ]);
}

/// Good: two threads take A and B in one order, while each holds 70 other locks.
fn seventy_locks_in_order<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    let run = || {
        under_many::<T>(|| {
            let _a = T::lock(&a);
            let _b = T::lock(&b);
        });
    };
    in_turn::<T>(&[&run, &run]);
}
