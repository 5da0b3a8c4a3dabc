//! Who makes the next step.

mod guided;
mod pct;
mod plan;
mod random;
mod rng;

pub(crate) use guided::Guided;
pub(crate) use pct::Pct;
pub(crate) use plan::{Log, Plan, Scout, plans};
pub(crate) use random::Random;
pub(crate) use rng::Rng;

use memguard_lockdep::scheduler::Ask;

/// What a choice is made by. There is always a thread that can run.
#[derive(Debug)]
pub(crate) struct Choice<'a> {
    /// The threads that can run, in order.
    pub(crate) runnable: &'a [usize],
    /// The thread that made the latest step, and what it asked for in it.
    pub(crate) current: Option<usize>,
    pub(crate) asked: Option<Ask>,
}

impl Choice<'_> {
    /// The thread that goes on where nothing speaks for another: the current one, or else the first.
    pub(crate) fn usual(&self) -> usize {
        self.current.filter(|current| self.runnable.contains(current)).unwrap_or(self.runnable[0])
    }
}

/// Who makes the next step.
pub(crate) trait Policy: Send {
    /// The thread that makes the next step. None gives the execution up.
    fn choose(&mut self, choice: &Choice<'_>) -> Option<usize>;
}

/// Each thread goes on as long as it can.
pub(crate) struct InTurn;

impl Policy for InTurn {
    fn choose(&mut self, choice: &Choice<'_>) -> Option<usize> {
        Some(choice.usual())
    }
}
