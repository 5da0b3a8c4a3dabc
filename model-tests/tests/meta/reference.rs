//! Brute force: every interleaving of a program, over a lock that is one `Option`. It uses neither loom nor memguard.

use crate::program::{Behaviour, LOCKS, Op, Outcome, Program};
use std::collections::BTreeSet;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    next: Vec<usize>,
    owner: [Option<usize>; LOCKS],
    got: Outcome,
}

/// Every possible outcome of the program.
pub fn behaviour(program: &Program) -> Behaviour {
    // A thread that ends releases what it holds.
    let release = (0..LOCKS).map(Op::Unlock);
    let threads: Vec<Vec<Op>> =
        program.0.iter().map(|ops| ops.iter().copied().chain(release.clone()).collect()).collect();
    let start = State { next: vec![0; threads.len()], owner: [None; LOCKS], got: vec![Vec::new(); threads.len()] };
    let (mut seen, mut todo, mut ends) = (BTreeSet::new(), vec![start], BTreeSet::new());
    while let Some(state) = todo.pop() {
        if !seen.insert(state.clone()) {
            continue;
        }
        let steps: Vec<State> = (0..threads.len()).filter_map(|thread| step(&threads, &state, thread)).collect();
        let ended = (0..threads.len()).all(|thread| state.next[thread] == threads[thread].len());
        match (steps.is_empty(), ended) {
            (true, true) => drop(ends.insert(state.got)),
            (true, false) => return Behaviour::Deadlock,
            (false, _) => todo.extend(steps),
        }
    }
    Behaviour::Ends(ends)
}

/// The state after the thread's next operation, unless it has ended or must wait.
///
/// A timed acquisition that waits and then gets the lock equals one that comes later, so it is not a case of its own.
fn step(threads: &[Vec<Op>], state: &State, thread: usize) -> Option<State> {
    let op = *threads[thread].get(state.next[thread])?;
    let mut after = state.clone();
    after.next[thread] += 1;
    match op {
        Op::Lock(lock) => {
            if state.owner[lock].is_some() {
                return None;
            }
            after.owner[lock] = Some(thread);
        }
        Op::Try(lock) | Op::Timed(lock) => {
            let free = state.owner[lock].is_none();
            if free {
                after.owner[lock] = Some(thread);
            }
            after.got[thread].push(free);
        }
        Op::Unlock(lock) => {
            if state.owner[lock] == Some(thread) {
                after.owner[lock] = None;
            }
        }
    }
    Some(after)
}
