//! Programs of a few threads over a few locks and channels, as values and as text.

use proptest::prelude::*;
use std::fmt;

pub const LOCKS: usize = 2;
pub const CHANNELS: usize = 2;
const THREADS: usize = 3;
const MOST_STEPS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Take(usize),
    Release(usize),
    Send(usize),
    Receive(usize),
}

/// The steps of each thread.
#[derive(Clone, Debug)]
pub struct Program(pub Vec<Vec<Step>>);

impl Program {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Self {
        let step = |word: &str| {
            let (how, what) = word.split_at(1);
            let what = what.as_bytes()[0];
            match how {
                "+" => Step::Take((what - b'a') as usize),
                "-" => Step::Release((what - b'a') as usize),
                "!" => Step::Send((what - b'0') as usize),
                _ => Step::Receive((what - b'0') as usize),
            }
        };
        Self(text.split('|').map(|thread| thread.split_whitespace().map(step).collect()).collect())
    }

    /// What is left of it without its locks.
    pub fn without_locks(&self) -> Self {
        let is_message = |step: &&Step| matches!(step, Step::Send(_) | Step::Receive(_));
        Self(self.0.iter().map(|steps| steps.iter().filter(is_message).copied().collect()).collect())
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, thread) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("| ")?;
            }
            for step in thread {
                match step {
                    Step::Take(lock) => write!(f, "+{} ", (b'a' + *lock as u8) as char)?,
                    Step::Release(lock) => write!(f, "-{} ", (b'a' + *lock as u8) as char)?,
                    Step::Send(channel) => write!(f, "!{channel} ")?,
                    Step::Receive(channel) => write!(f, "?{channel} ")?,
                }
            }
        }
        Ok(())
    }
}

pub fn any() -> impl Strategy<Value = Program> {
    prop::collection::vec(thread(), 2..=THREADS).prop_map(|mut threads| {
        (0..CHANNELS).for_each(|channel| send_enough(&mut threads, channel));
        Program(threads)
    })
}

/// Makes receives into sends, until there is a message for each receive.
fn send_enough(threads: &mut [Vec<Step>], channel: usize) {
    let steps = || threads.iter().flatten();
    let sends = steps().filter(|step| **step == Step::Send(channel)).count();
    let receives = steps().filter(|step| **step == Step::Receive(channel)).count();
    let missing = receives.saturating_sub(sends).div_ceil(2);
    let spare = threads.iter_mut().rev().flatten().filter(|step| **step == Step::Receive(channel)).take(missing);
    spare.for_each(|step| *step = Step::Send(channel));
}

fn thread() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..LOCKS).prop_map(Step::Take),
        2 => (0..CHANNELS).prop_map(Step::Send),
        2 => (0..CHANNELS).prop_map(Step::Receive),
    ];
    // Each lock is released before so many more steps.
    prop::collection::vec((step, 0..3_usize), 1..=MOST_STEPS).prop_map(|drawn| {
        let mut steps = Vec::new();
        let mut open: Vec<(usize, usize)> = Vec::new();
        for (step, lasts) in drawn {
            if let Step::Take(lock) = step {
                if open.iter().any(|&(of, _)| of == lock) {
                    continue;
                }
                open.push((lock, lasts));
            }
            steps.push(step);
            while let Some(at) = open.iter().rposition(|&(_, lasts)| lasts == 0) {
                steps.extend(open.split_off(at).iter().rev().map(|&(lock, _)| Step::Release(lock)));
            }
            open.iter_mut().for_each(|(_, lasts)| *lasts = lasts.saturating_sub(1));
        }
        steps.extend(open.iter().rev().map(|&(lock, _)| Step::Release(lock)));
        steps
    })
}
