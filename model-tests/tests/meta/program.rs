//! Small lock programs, and the possible outcomes of running one.

use std::collections::BTreeSet;
use std::fmt;

/// How many locks a program has.
pub const LOCKS: usize = 2;

/// One operation on one lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// Waits as long as it takes.
    Lock(usize),
    /// Takes the lock if it is free.
    Try(usize),
    /// Takes the lock, or gives up because it was not free for too long.
    Timed(usize),
    /// Releases the lock, if the thread got it.
    Unlock(usize),
}

impl Op {
    pub fn lock(self) -> usize {
        match self {
            Op::Lock(lock) | Op::Try(lock) | Op::Timed(lock) | Op::Unlock(lock) => lock,
        }
    }

    /// The same operation on another lock.
    pub fn on(self, lock: usize) -> Self {
        match self {
            Op::Lock(_) => Op::Lock(lock),
            Op::Try(_) => Op::Try(lock),
            Op::Timed(_) => Op::Timed(lock),
            Op::Unlock(_) => Op::Unlock(lock),
        }
    }
}

/// One list of operations per thread. A thread that ends releases what it holds, lock 0 first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program(pub Vec<Vec<Op>>);

impl Program {
    pub fn has_timed(&self) -> bool {
        self.0.iter().flatten().any(|op| matches!(op, Op::Timed(_)))
    }

    /// The program in which no timed acquisition ever gives up.
    pub fn strict(&self) -> Self {
        let strict = |op: &Op| if let Op::Timed(lock) = *op { Op::Lock(lock) } else { *op };
        Self(self.0.iter().map(|ops| ops.iter().map(strict).collect()).collect())
    }
}

/// For each thread, the result of each of its tries and timed acquisitions.
pub type Outcome = Vec<Vec<bool>>;

/// Every possible outcome of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Some schedule ends in a deadlock. loom stops at the first one, so nothing more is compared.
    Deadlock,
    /// Every schedule ends; these are the outcomes.
    Ends(BTreeSet<Outcome>),
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Op::Lock(_) => "lock",
            Op::Try(_) => "try",
            Op::Timed(_) => "timed",
            Op::Unlock(_) => "unlock",
        };
        write!(f, "{word} {}", ['A', 'B'][self.lock()])
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.0.iter().map(|ops| ops.iter().map(Op::to_string).collect::<Vec<_>>().join(", "));
        f.write_str(&threads.collect::<Vec<_>>().join(" | "))
    }
}
