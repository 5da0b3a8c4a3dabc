//! Any thread, at each step.

use super::{Choice, Policy, Rng};

pub(crate) struct Random(Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rng::new(seed))
    }
}

impl Policy for Random {
    fn choose(&mut self, choice: &Choice<'_>) -> Option<usize> {
        Some(self.0.one_of(choice.runnable))
    }
}
