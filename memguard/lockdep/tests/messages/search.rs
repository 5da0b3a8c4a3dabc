//! Every interleaving of a program.

use super::program::{CHANNELS, LOCKS, Program, Step};
use std::collections::HashSet;

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    /// The next step of each thread.
    next: Vec<usize>,
    held: [bool; LOCKS],
    /// How many messages are in each channel.
    messages: [u8; CHANNELS],
}

impl State {
    fn first(program: &Program) -> Self {
        Self { next: vec![0; program.0.len()], held: [false; LOCKS], messages: [0; CHANNELS] }
    }

    fn is_done(&self, program: &Program) -> bool {
        self.next.iter().zip(&program.0).all(|(next, steps)| *next == steps.len())
    }

    /// The state after the next step of a thread, if it has one and need not wait.
    fn after(&self, program: &Program, thread: usize) -> Option<Self> {
        let step = *program.0[thread].get(self.next[thread])?;
        let mut after = self.clone();
        match step {
            Step::Take(lock) if self.held[lock] => return None,
            Step::Take(lock) => after.held[lock] = true,
            Step::Release(lock) => after.held[lock] = false,
            Step::Send(channel) => after.messages[channel] += 1,
            Step::Receive(channel) => after.messages[channel] = self.messages[channel].checked_sub(1)?,
        }
        after.next[thread] += 1;
        Some(after)
    }
}

/// Whether some schedule ends with a thread that waits for ever.
pub fn deadlocks(program: &Program) -> bool {
    let start = State::first(program);
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let after: Vec<State> = (0..program.0.len()).filter_map(|thread| state.after(program, thread)).collect();
        if after.is_empty() && !state.is_done(program) {
            return true;
        }
        open.extend(after.into_iter().filter(|after| seen.insert(after.clone())));
    }
    false
}

/// A schedule that ends, if there is one: the thread of each step.
pub fn schedule(program: &Program, seed: u64) -> Option<Vec<usize>> {
    let (mut seen, mut schedule) = (HashSet::new(), Vec::new());
    extend(program, State::first(program), seed, &mut seen, &mut schedule).then_some(schedule)
}

fn extend(program: &Program, state: State, seed: u64, seen: &mut HashSet<State>, schedule: &mut Vec<usize>) -> bool {
    if state.is_done(program) {
        return true;
    }
    if !seen.insert(state.clone()) {
        return false;
    }
    let threads = program.0.len();
    let mixed = seed.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // Often the same thread goes on.
    let first =
        if !mixed.is_multiple_of(3) { schedule.last().copied().unwrap_or(0) } else { (mixed >> 32) as usize % threads };
    for thread in (first..threads).chain(0..first) {
        if let Some(after) = state.after(program, thread) {
            schedule.push(thread);
            if extend(program, after, mixed, seen, schedule) {
                return true;
            }
            schedule.pop();
        }
    }
    false
}
