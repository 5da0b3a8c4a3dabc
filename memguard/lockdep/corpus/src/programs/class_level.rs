//! Orders that differ between kinds of locks, although this run takes other instances each time.

use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::Tool;
use std::array;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("other_instances_in_this_run", other_instances_in_this_run::<T>),
        bad("locks_of_two_structs", locks_of_two_structs::<T>),
        good("structs_in_one_order", structs_in_one_order::<T>),
        bad("ring_of_three_classes", ring_of_three_classes::<T>),
        bad("readers_and_writers", readers_and_writers::<T>),
        bad("instances_that_are_gone", instances_that_are_gone::<T>),
        good("pairs_that_never_mix", pairs_that_never_mix::<T>),
    ]
}

/// Bad: both threads can pick the same account and the same log.
fn other_instances_in_this_run<T: Tool>() {
    let accounts: [T::Mutex; 2] = array::from_fn(|_| T::mutex());
    let logs: [T::Mutex; 2] = array::from_fn(|_| T::mutex());
    in_turn::<T>(&[
        &|| {
            let _account = T::lock(&accounts[T::pick(2, 0) as usize]);
            let _log = T::lock(&logs[T::pick(2, 0) as usize]);
        },
        &|| {
            let _log = T::lock(&logs[T::pick(2, 1) as usize]);
            let _account = T::lock(&accounts[T::pick(2, 1) as usize]);
        },
    ]);
}

struct Account<T: Tool> {
    balance: T::Mutex,
    history: T::RwLock,
}

impl<T: Tool> Account<T> {
    fn new() -> Self {
        Self { balance: T::mutex(), history: T::rwlock() }
    }
}

/// Bad: the balance before the history in one place, the history before the balance in another.
fn locks_of_two_structs<T: Tool>() {
    let accounts: [Account<T>; 2] = array::from_fn(|_| Account::new());
    in_turn::<T>(&[
        &|| {
            let account = &accounts[T::pick(2, 0) as usize];
            let balance = T::lock(&account.balance);
            *T::write(&account.history) = *balance;
        },
        &|| {
            let account = &accounts[T::pick(2, 1) as usize];
            let history = T::read(&account.history);
            *T::lock(&account.balance) = *history;
        },
    ]);
}

/// Good: the balance before the history everywhere.
fn structs_in_one_order<T: Tool>() {
    let accounts: [Account<T>; 2] = array::from_fn(|_| Account::new());
    let book = |account: &Account<T>| {
        let balance = T::lock(&account.balance);
        *T::write(&account.history) = *balance;
    };
    in_turn::<T>(&[&|| book(&accounts[T::pick(2, 0) as usize]), &|| book(&accounts[T::pick(2, 1) as usize])]);
}

/// Bad: three classes in a ring, three instances of each.
fn ring_of_three_classes<T: Tool>() {
    let a: [T::Mutex; 3] = array::from_fn(|_| T::mutex());
    let b: [T::Mutex; 3] = array::from_fn(|_| T::mutex());
    let c: [T::Mutex; 3] = array::from_fn(|_| T::mutex());
    let take = |first: &[T::Mutex; 3], second: &[T::Mutex; 3], here| {
        let at = T::pick(3, here) as usize;
        let _first = T::lock(&first[at]);
        let _second = T::lock(&second[at]);
    };
    in_turn::<T>(&[&|| take(&a, &b, 0), &|| take(&b, &c, 1), &|| take(&c, &a, 2)]);
}

/// Bad: a reader of one thread can hold what the other wants to write.
fn readers_and_writers<T: Tool>() {
    let pages: [T::RwLock; 2] = array::from_fn(|_| T::rwlock());
    let index: [T::RwLock; 2] = array::from_fn(|_| T::rwlock());
    in_turn::<T>(&[
        &|| {
            let page = T::read(&pages[T::pick(2, 0) as usize]);
            *T::write(&index[T::pick(2, 0) as usize]) = *page;
        },
        &|| {
            let index = T::read(&index[T::pick(2, 1) as usize]);
            *T::write(&pages[T::pick(2, 1) as usize]) = *index;
        },
    ]);
}

/// Bad: both threads look an entry up and can find the same one. In this run the first entry was dropped before.
fn instances_that_are_gone<T: Tool>() {
    let entry = || (T::mutex(), T::mutex());
    let forth = |entry: &(T::Mutex, T::Mutex)| {
        let _first = T::lock(&entry.0);
        let _second = T::lock(&entry.1);
    };
    let back = |entry: &(T::Mutex, T::Mutex)| {
        let _second = T::lock(&entry.1);
        let _first = T::lock(&entry.0);
    };
    let shared = entry();
    in_turn::<T>(&[&|| if T::pick(2, 0) == 0 { forth(&entry()) } else { forth(&shared) }, &|| {
        if T::pick(2, 0) == 0 { back(&entry()) } else { back(&shared) }
    }]);
}

/// Good: one thread has a pair of its own, and so has the other. By class their orders differ.
fn pairs_that_never_mix<T: Tool>() {
    let pair = || (T::mutex(), T::mutex());
    let (one, other) = (pair(), pair());
    in_turn::<T>(&[
        &|| {
            let _first = T::lock(&one.0);
            let _second = T::lock(&one.1);
        },
        &|| {
            let _second = T::lock(&other.1);
            let _first = T::lock(&other.0);
        },
    ]);
}
