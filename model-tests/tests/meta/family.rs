//! The programs that are compared.

use crate::program::{LOCKS, Op, Program};
use std::collections::BTreeSet;

/// All programs of two threads with up to `len` operations each.
pub fn two_threads(len: usize) -> Vec<Program> {
    let lists = lists(len);
    let pairs = lists.iter().flat_map(|a| lists.iter().map(move |b| vec![a.clone(), b.clone()]));
    distinct(pairs)
}

/// All programs of three threads with up to `len` operations each.
pub fn three_threads(len: usize) -> Vec<Program> {
    let lists = lists(len);
    let pairs = lists.iter().flat_map(|a| lists.iter().map(move |b| (a, b)));
    let triples = pairs.flat_map(|(a, b)| lists.iter().map(move |c| vec![a.clone(), b.clone(), c.clone()]));
    distinct(triples)
}

/// One program represents all that differ only in the names of the locks or the order of the threads.
fn distinct(programs: impl Iterator<Item = Vec<Vec<Op>>>) -> Vec<Program> {
    let all: BTreeSet<Program> = programs
        .map(|mut threads| {
            let mut renamed: Vec<Vec<Op>> =
                threads.iter().map(|ops| ops.iter().map(|op| op.on(LOCKS - 1 - op.lock())).collect()).collect();
            threads.sort();
            renamed.sort();
            Program(threads.min(renamed))
        })
        .collect();
    all.into_iter().collect()
}

/// Every list of 1 to `len` operations in which a thread releases only what it may hold, and takes no lock twice.
fn lists(len: usize) -> Vec<Vec<Op>> {
    let mut all = vec![Vec::new()];
    let mut longest = 0..1;
    for _ in 0..len {
        let shorter = all[longest.clone()].to_vec();
        longest = all.len()..all.len();
        for ops in shorter {
            all.extend(continuations(&ops).map(|op| [ops.as_slice(), &[op]].concat()));
        }
        longest.end = all.len();
    }
    all.split_off(1)
}

fn continuations(ops: &[Op]) -> impl Iterator<Item = Op> {
    let may_hold =
        |lock: usize| ops.iter().rfind(|op| op.lock() == lock).is_some_and(|op| !matches!(op, Op::Unlock(_)));
    let next: Vec<Op> = (0..LOCKS)
        .flat_map(|lock| match may_hold(lock) {
            true => vec![Op::Unlock(lock)],
            false => vec![Op::Lock(lock), Op::Try(lock), Op::Timed(lock)],
        })
        .collect();
    next.into_iter()
}
