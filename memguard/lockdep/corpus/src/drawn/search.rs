//! Every interleaving of a program.

use super::program::{LOCKS, Program, Step, Take};
use std::collections::HashSet;

/// How often a thread holds a lock, as its only holder and as a reader.
type Holds = [(u8, u8); LOCKS];

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    /// The next step of each thread.
    next: Vec<usize>,
    holds: Vec<Holds>,
    /// The thread stands in the queue of the lock that it wants.
    queued: Vec<bool>,
}

/// Whether some schedule ends with a thread that waits for ever.
pub fn deadlocks(program: &Program) -> bool {
    let threads = program.0.len();
    let start = State { next: vec![0; threads], holds: vec![[(0, 0); LOCKS]; threads], queued: vec![false; threads] };
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let mut moved = false;
        for thread in 0..threads {
            if let Some(after) = step(program, &state, thread) {
                moved |= after != state;
                if seen.insert(after.clone()) {
                    open.push(after);
                }
            }
        }
        let done = (0..threads).all(|thread| state.next[thread] == program.0[thread].len());
        if !moved && !done {
            return true;
        }
    }
    false
}

/// The state after the next step of a thread, if it has one and need not wait. A thread that must wait queues.
fn step(program: &Program, state: &State, thread: usize) -> Option<State> {
    let step = *program.0[thread].get(state.next[thread])?;
    let mut after = state.clone();
    let others = |lock: usize| {
        (0..state.holds.len()).filter(move |&other| other != thread).map(move |other| state.holds[other][lock])
    };
    let own = |lock: usize| state.holds[thread][lock];
    match step {
        Step::Release(lock) => {
            let (writes, reads) = &mut after.holds[thread][lock];
            if *reads > 0 && *writes == 0 {
                *reads -= 1;
            } else if *writes > 0 {
                *writes -= 1;
            }
            after.next[thread] += 1;
        }
        Step::Take(take, lock) => {
            let free = others(lock).all(|held| held == (0, 0)) && own(lock) == (0, 0);
            let written = others(lock).any(|(writes, _)| writes > 0) || own(lock).0 > 0;
            let writer_waits = (0..state.next.len()).any(|other| {
                let wants = program.0[other].get(state.next[other]);
                other != thread && state.queued[other] && wants == Some(&Step::Take(Take::Write, lock))
            });
            let granted = match take {
                Take::Write | Take::Try => free,
                Take::Read => !written && !writer_waits,
            };
            if !granted && take != Take::Try {
                after.queued[thread] = true;
                return Some(after);
            }
            after.queued[thread] = false;
            after.next[thread] += 1;
            if !granted {
                let release = |step: &&Step| **step == Step::Release(lock);
                let skipped = program.0[thread][after.next[thread]..].iter().take_while(|step| !release(step)).count();
                after.next[thread] += skipped + 1;
            } else if take == Take::Read {
                after.holds[thread][lock].1 += 1;
            } else {
                after.holds[thread][lock].0 += 1;
            }
        }
    }
    Some(after)
}
