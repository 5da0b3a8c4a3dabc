//! Priorities that change a few times (Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of
//! Finding Bugs", 2010). It lets a thread run far before it switches to another.

use super::{Choice, Policy, Rng};

pub(crate) struct Pct {
    rng: Rng,
    priorities: Priorities,
    /// The steps after which the thread that runs gets the lowest priority.
    changes: Vec<usize>,
    steps: usize,
}

impl Pct {
    /// So many changes in a program of about so many steps.
    pub(crate) fn new(seed: u64, changes: usize, steps: usize) -> Self {
        let mut rng = Rng::new(seed);
        let changes = (0..changes).map(|_| rng.below(steps.max(1))).collect();
        Self { rng, priorities: Priorities::default(), changes, steps: 0 }
    }
}

impl Policy for Pct {
    fn choose(&mut self, choice: &Choice<'_>) -> Option<usize> {
        let step = self.steps;
        self.steps += 1;
        if let Some(current) = choice.current.filter(|_| self.changes.contains(&step)) {
            self.priorities.lower(current);
        }
        self.priorities.first(choice.runnable, &mut self.rng)
    }
}

/// The priorities of threads. A thread gets a random one as it is first seen.
#[derive(Debug, Default)]
pub(super) struct Priorities {
    /// For each thread. The lowest number is the highest priority.
    by_thread: Vec<u64>,
    lowest: u64,
}

/// Where the priorities of threads that were lowered begin, above all random ones.
const LOWERED: u64 = 1 << 32;

impl Priorities {
    /// The thread with the highest priority.
    pub(super) fn first(&mut self, of: &[usize], rng: &mut Rng) -> Option<usize> {
        let threads = of.iter().max().map_or(0, |last| last + 1);
        while self.by_thread.len() < threads {
            self.by_thread.push(rng.next() % LOWERED);
        }
        of.iter().copied().min_by_key(|&thread| self.by_thread[thread])
    }

    pub(super) fn lower(&mut self, thread: usize) {
        self.lowest += 1;
        if let Some(priority) = self.by_thread.get_mut(thread) {
            *priority = LOWERED + self.lowest;
        }
    }
}
