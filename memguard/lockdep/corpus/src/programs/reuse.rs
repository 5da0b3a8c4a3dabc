//! Locks that are made where others were before. They must not be taken for each other.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::{Need, Tool};

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("boxes", boxes::<T>),
        good("boxes_in_a_loop", boxes_in_a_loop::<T>).needs(&[Need::Threads]),
        good("stack_slots", stack_slots::<T>),
        good("one_class_and_new_instances", one_class_and_new_instances::<T>),
        good("rwlock_boxes", rwlock_boxes::<T>),
        good("inner_lock_made_anew", inner_lock_made_anew::<T>),
        bad("inner_lock_made_anew_and_inverted", inner_lock_made_anew_and_inverted::<T>),
        good("many_locks_come_and_go", many_locks_come_and_go::<T>),
        good("moved_lock", moved_lock::<T>),
        bad("moved_lock_inverted", moved_lock_inverted::<T>),
    ]
}

fn take<T: Tool>(first: &T::Mutex, second: &T::Mutex) {
    let _first = T::lock(first);
    let _second = T::lock(second);
}

/// Good: the second pair of boxes has the addresses of the first, and is another pair.
fn boxes<T: Tool>() {
    in_turn::<T>(&[
        &|| {
            let pair = Box::new((T::mutex(), T::mutex()));
            take::<T>(&pair.0, &pair.1);
        },
        &|| {
            let pair = Box::new((T::mutex(), T::mutex()));
            take::<T>(&pair.1, &pair.0);
        },
    ]);
}

/// Good: each round has locks and threads of its own, which are gone before the next.
fn boxes_in_a_loop<T: Tool>() {
    for round in 0..10 {
        let pair = Box::new((T::mutex(), T::mutex()));
        let (first, second) = if round % 2 == 0 { (&pair.0, &pair.1) } else { (&pair.1, &pair.0) };
        let both = || take::<T>(first, second);
        in_turn::<T>(&[&both, &both]);
    }
}

/// Good: two calls have their locks at the same place of the stack.
fn stack_slots<T: Tool>() {
    #[inline(never)]
    fn forth<T: Tool>() {
        let (a, b) = (T::mutex(), T::mutex());
        take::<T>(&a, &b);
    }
    #[inline(never)]
    fn back<T: Tool>() {
        let (a, b) = (T::mutex(), T::mutex());
        take::<T>(&b, &a);
    }
    in_turn::<T>(&[&|| forth::<T>(), &|| back::<T>()]);
}

/// Good: the new instance comes before the old one, the dropped one came after it.
fn one_class_and_new_instances<T: Tool>() {
    let new = || Box::new(T::mutex());
    let old = new();
    in_turn::<T>(&[&|| take::<T>(&old, &new()), &|| take::<T>(&new(), &old)]);
}

/// Good: as with mutexes.
fn rwlock_boxes<T: Tool>() {
    in_turn::<T>(&[
        &|| {
            let pair = Box::new((T::rwlock(), T::rwlock()));
            let _first = T::write(&pair.0);
            let _second = T::write(&pair.1);
        },
        &|| {
            let pair = Box::new((T::rwlock(), T::rwlock()));
            let _second = T::write(&pair.1);
            let _first = T::write(&pair.0);
        },
    ]);
}

/// Good: under the outer lock a lock is made, taken and dropped, again and again.
fn inner_lock_made_anew<T: Tool>() {
    let outer = T::mutex();
    let run = || {
        let _outer = T::lock(&outer);
        for _ in 0..50 {
            *T::lock(&Box::new(T::mutex())) += 1;
        }
    };
    in_turn::<T>(&[&run, &run]);
}

/// Bad: the last lock that is made there is shared, and taken in both orders.
fn inner_lock_made_anew_and_inverted<T: Tool>() {
    let outer = T::mutex();
    for _ in 0..50 {
        drop(Box::new(T::mutex()));
    }
    let inner = Box::new(T::mutex());
    in_turn::<T>(&[&|| take::<T>(&outer, &inner), &|| take::<T>(&inner, &outer)]);
}

/// Good: two threads make and drop many pairs of locks, all in one order.
fn many_locks_come_and_go<T: Tool>() {
    let run = || {
        for _ in 0..200 {
            let pair = Box::new((T::mutex(), T::mutex()));
            take::<T>(&pair.0, &pair.1);
        }
    };
    in_turn::<T>(&[&run, &run]);
}

/// Good: the locks move to other addresses between two uses and keep their order.
fn moved_lock<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[&|| take::<T>(&a, &b)]);
    let moved = Box::new((b, a));
    in_turn::<T>(&[&|| take::<T>(&moved.1, &moved.0)]);
}

/// Bad: after the move, two threads take the locks in both orders.
fn moved_lock_inverted<T: Tool>() {
    let (a, b) = (T::mutex(), T::mutex());
    take::<T>(&a, &b);
    let moved = Box::new((b, a));
    in_turn::<T>(&[&|| take::<T>(&moved.1, &moved.0), &|| take::<T>(&moved.0, &moved.1)]);
}
