//! Runs a program under loom.

use crate::program::{Behaviour, LOCKS, Op, Outcome, Program};
use crate::subject::Subject;
use model_tests::{Explored, Model, Timed, spawn};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The outcomes that loom finds for the program, and the cost of finding them. `fine` is for
/// [`Model::fine`].
///
/// # Panics
/// If an execution ends in any way other than normally or in a deadlock.
pub fn behaviour<S: Subject>(program: &Program, timed: Timed, fine: bool) -> (Behaviour, Explored) {
    let notes = Arc::new(Notes::default());
    let body = {
        let (notes, program) = (Arc::clone(&notes), program.clone());
        move || {
            notes.begin(program.0.len());
            let locks: Arc<[S; LOCKS]> = Arc::new(std::array::from_fn(S::new));
            let run = |thread: usize| {
                let (locks, ops, notes) = (Arc::clone(&locks), program.0[thread].clone(), Arc::clone(&notes));
                move || apply(&locks, &ops, |got| notes.note(thread, got))
            };
            let others: Vec<_> = (1..program.0.len()).map(|thread| spawn(run(thread))).collect();
            // Not joined: the outcome is read when the execution is over, and a join would add a step to permute.
            drop(others);
            run(0)();
        }
    };
    let model = Model::new("meta").allows_violations();
    let model = if fine { model.fine() } else { model };
    let explored = if timed == Timed::Expires { model.expires() } else { model }.explore(body);
    let behaviour = match explored.failure_text() {
        None => Behaviour::Ends(notes.end()),
        Some(_) if explored.is_deadlock() => Behaviour::Deadlock,
        Some(text) => panic!("{program}: {text}"),
    };
    (behaviour, explored)
}

fn apply<S: Subject>(locks: &[S; LOCKS], ops: &[Op], note: impl Fn(bool)) {
    let mut held: [Option<S::Guard<'_>>; LOCKS] = std::array::from_fn(|_| None);
    for op in ops {
        match *op {
            Op::Lock(lock) => held[lock] = Some(locks[lock].lock()),
            Op::Try(lock) | Op::Timed(lock) => {
                held[lock] = if matches!(op, Op::Try(_)) { locks[lock].try_lock() } else { locks[lock].timed() };
                note(held[lock].is_some());
            }
            Op::Unlock(lock) => held[lock] = None,
        }
    }
    held.into_iter().for_each(drop);
}

/// The outcomes so far. Outside loom, because it only observes.
#[derive(Default)]
struct Notes(Mutex<(Outcome, BTreeSet<Outcome>)>);

impl Notes {
    /// An execution begins, so the previous one is over.
    fn begin(&self, threads: usize) {
        self.with(|(current, all)| {
            let before = std::mem::replace(current, vec![Vec::new(); threads]);
            if !before.is_empty() {
                all.insert(before);
            }
        });
    }

    fn note(&self, thread: usize, got: bool) {
        self.with(|(current, _)| current[thread].push(got));
    }

    fn end(&self) -> BTreeSet<Outcome> {
        self.begin(0);
        self.with(|(_, all)| std::mem::take(all))
    }

    fn with<R>(&self, step: impl FnOnce(&mut (Outcome, BTreeSet<Outcome>)) -> R) -> R {
        step(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
