//! Programs of a few threads over a few locks, as values and as text.

use proptest::prelude::*;
use std::fmt;

pub const LOCKS: usize = 3;
const THREADS: usize = 3;
const MOST_STEPS: usize = 4;

/// What a thread does with one lock. Each step is followed by others, and then by the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Takes the lock as its only holder.
    Write,
    /// Takes the lock as one of its readers. Waits behind a writer that waits.
    Read,
    /// Takes the lock if it is free. If not, skips all up to its release.
    Try,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Take(Take, usize),
    /// Releases the lock.
    Release(usize),
}

/// The steps of each thread.
#[derive(Clone, Debug)]
pub struct Program(pub Vec<Vec<Step>>);

impl Program {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Self {
        let step = |word: &str| {
            let (how, lock) = word.split_at(1);
            let lock = (lock.as_bytes()[0] - b'a') as usize;
            match how {
                "+" => Step::Take(Take::Write, lock),
                "r" => Step::Take(Take::Read, lock),
                "?" => Step::Take(Take::Try, lock),
                _ => Step::Release(lock),
            }
        };
        Self(text.split('|').map(|thread| thread.split_whitespace().map(step).collect()).collect())
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, thread) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("| ")?;
            }
            for step in thread {
                let (how, lock) = match step {
                    Step::Take(Take::Write, lock) => ('+', lock),
                    Step::Take(Take::Read, lock) => ('r', lock),
                    Step::Take(Take::Try, lock) => ('?', lock),
                    Step::Release(lock) => ('-', lock),
                };
                write!(f, "{how}{} ", (b'a' + *lock as u8) as char)?;
            }
        }
        Ok(())
    }
}

/// Threads that release first what they took last.
pub fn nested() -> impl Strategy<Value = Program> {
    prop::collection::vec(thread(true), 1..=THREADS).prop_map(Program)
}

/// Threads that release each lock that they take, in any order.
pub fn any_order() -> impl Strategy<Value = Program> {
    prop::collection::vec(thread(false), 1..=THREADS).prop_map(Program)
}

fn thread(nests: bool) -> impl Strategy<Value = Vec<Step>> {
    let take = prop_oneof![4 => Just(Take::Write), 2 => Just(Take::Read), 1 => Just(Take::Try)];
    // Each takes a lock, and releases it before it has taken this many more.
    prop::collection::vec((take, 0..LOCKS, 0..3_usize), 1..=MOST_STEPS).prop_map(move |takes| {
        let mut steps = Vec::new();
        let mut open: Vec<(usize, Take, usize)> = Vec::new();
        for (take, lock, lasts) in takes {
            // A thread that waits for itself would end the run. Readers may come twice.
            let twice = |&(of, held, _): &(usize, Take, usize)| of == lock && (held, take) != (Take::Read, Take::Read);
            if open.iter().any(twice) {
                continue;
            }
            steps.push(Step::Take(take, lock));
            open.push((lock, take, lasts));
            // A try that fails skips what lies between it and its release, so that part is always nested.
            let tried = |open: &[(usize, Take, usize)]| open.iter().rposition(|&(_, take, _)| take == Take::Try);
            while let Some(at) = open.iter().rposition(|&(.., lasts)| lasts == 0)
                && tried(&open).is_none_or(|tried| tried <= at)
            {
                let within = if nests || open[at].1 == Take::Try { open.split_off(at) } else { vec![open.remove(at)] };
                steps.extend(within.iter().rev().map(|&(lock, ..)| Step::Release(lock)));
            }
            open.iter_mut().for_each(|(.., lasts)| *lasts = lasts.saturating_sub(1));
        }
        steps.extend(open.iter().rev().map(|&(lock, ..)| Step::Release(lock)));
        steps
    })
}
