//! Programs of a few threads over a few locks, as values and as text.

use super::Release;
use std::fmt;

/// How many locks there are.
pub const LOCKS: usize = 3;
/// How many threads a program has at most.
pub const THREADS: usize = 3;
/// How many locks a thread takes at most.
pub const MOST_TAKES: usize = 6;

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

/// What a thread does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Takes the lock.
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

/// The steps of a thread that takes these locks. It releases each before it has taken so many more.
///
/// A lock that the thread holds is left out: a thread that waits for itself would end the run. Readers may come twice.
pub fn thread(takes: impl IntoIterator<Item = (Take, usize, usize)>, release: Release) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut open: Vec<(usize, Take, usize)> = Vec::new();
    for (take, lock, lasts) in takes {
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
            let nests = release == Release::Nested || open[at].1 == Take::Try;
            let within = if nests { open.split_off(at) } else { vec![open.remove(at)] };
            steps.extend(within.iter().rev().map(|&(lock, ..)| Step::Release(lock)));
        }
        open.iter_mut().for_each(|(.., lasts)| *lasts = lasts.saturating_sub(1));
    }
    steps.extend(open.iter().rev().map(|&(lock, ..)| Step::Release(lock)));
    steps
}
