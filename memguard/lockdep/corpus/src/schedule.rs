//! The schedule of a run. It stands for the scheduler of the system: it is no part of the program, and no checker sees
//! it.
//!
//! The threads of a bad program can meet and wait for each other for ever. The harness lets each thread go on only when
//! the others are where no harm is done, so a run tells whether the tool finds the deadlock that did not happen.

use crate::plain::unpoisoned;
use crate::tool::{Task, Threads, Tool};
use std::sync::{Condvar, Mutex};

/// Steps that threads take one after the other.
#[derive(Debug)]
pub struct Steps {
    done: Mutex<u32>,
    changed: Condvar,
    enforced: bool,
}

impl Steps {
    /// No step is done yet.
    pub fn new<T: Tool>() -> Self {
        Self { done: Mutex::new(0), changed: Condvar::new(), enforced: T::IN_TURN }
    }

    /// Goes on when this many steps are done.
    pub fn after(&self, steps: u32) {
        if self.enforced {
            drop(unpoisoned(self.changed.wait_while(unpoisoned(self.done.lock()), |done| *done < steps)));
        }
    }

    /// A step is done.
    pub fn done(&self) {
        if self.enforced {
            *unpoisoned(self.done.lock()) += 1;
            self.changed.notify_all();
        }
    }
}

/// Runs the closures as threads that could all run at once. In this run each begins when the one before it has ended.
#[track_caller]
pub fn in_turn<T: Tool>(threads: &[&(dyn Fn() + Sync)]) {
    let steps = Steps::new::<T>();
    let steps = &steps;
    let tasks = (0..).zip(threads).map(|(turn, thread)| -> Task<'_> {
        Box::new(move || {
            steps.after(turn);
            thread();
            steps.done();
        })
    });
    T::Threads::scope(tasks.collect(), || ());
}

/// Runs the closures as threads that run at once.
#[track_caller]
pub fn together<T: Tool>(threads: &[&(dyn Fn() + Sync)]) {
    T::Threads::scope(threads.iter().map(|&thread| -> Task<'_> { Box::new(thread) }).collect(), || ());
}
