//! Makes the threads of a reported cycle meet.
//!
//! A thread that holds what a step of the cycle holds, and is about to ask for what the step wants, waits at its
//! place until each step has its thread. Then the other threads run as far as they can: a cycle of readers needs
//! writers that wait between them. At last the threads of the cycle ask, and run into each other.

use super::pct::Priorities;
use super::plan::{Plan, Request, Requests, places};
use super::{Choice, Policy, Rng};
use memguard_lockdep::scheduler::Ask;
use memguard_lockdep::{Report, Step, Wait};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// In some runs one choice of so many changes the priorities.
const CHANGES: usize = 24;
/// How many choices the other threads get, once all places are taken.
const OTHERS_FIRST: usize = 10_000;

pub(crate) struct Guided {
    places: Vec<Place>,
    requests: Requests,
    rng: Rng,
    priorities: Priorities,
    changes: bool,
    /// How many choices the other threads still get, once all places are taken.
    others_first: usize,
    /// Set as all places are taken.
    met: Arc<AtomicBool>,
}

/// A step of the cycle, and the thread at its place.
struct Place {
    step: Step,
    /// The request that is to take it. None is the first that fits.
    planned: Option<Request>,
    taken: Option<Taken>,
}

#[derive(Clone, Copy)]
struct Taken {
    thread: usize,
    held: u64,
    wanted: u64,
}

impl Guided {
    pub(crate) fn new(report: &Report, plan: Option<&Plan>, seed: u64, met: Arc<AtomicBool>) -> Self {
        let planned = |at: usize| plan.and_then(|plan| plan.get(at).copied());
        let steps = places(report).into_iter().enumerate();
        let places = steps.map(|(at, step)| Place { step, planned: planned(at), taken: None }).collect();
        let (mut rng, priorities) = (Rng::new(seed), Priorities::default());
        let changes = rng.below(2) == 0;
        Self { places, requests: Requests::default(), rng, priorities, changes, others_first: OTHERS_FIRST, met }
    }

    /// A thread asks. It takes a place if one is free for it.
    fn arrives(&mut self, request: Request, ask: &Ask) {
        let free: Vec<(usize, Taken)> = (0..self.places.len())
            .filter(|&at| self.places[at].taken.is_none())
            .filter(|&at| self.places[at].planned.is_none_or(|planned| planned == request))
            .filter_map(|at| Some((at, self.fit(at, request.0, ask)?)))
            .collect();
        if !free.is_empty() {
            let (at, taken) = self.rng.one_of(&free);
            self.places[at].taken = Some(taken);
        }
    }

    /// Whether the thread does what the step at this place does, with the locks of the threads beside it.
    fn fit(&self, at: usize, thread: usize, ask: &Ask) -> Option<Taken> {
        let Step { held, wanted, .. } = &self.places[at].step;
        if ask.wanted.class != wanted.class || ask.wait != Wait::Block {
            return None;
        }
        let all = self.places.len();
        let next = self.places[(at + 1) % all].taken;
        let before = self.places[(at + all - 1) % all].taken;
        ask.held.iter().filter(|lock| lock.class == held.class).find_map(|lock| {
            let taken = Taken { thread, held: lock.instance, wanted: ask.wanted.instance };
            let meets = next.is_none_or(|next| next.held == taken.wanted)
                && before.is_none_or(|before| before.wanted == taken.held)
                && (all > 1 || taken.held == taken.wanted);
            // A cycle of which a part is left out has no two neighbours.
            (meets || self.is_part()).then_some(taken)
        })
    }

    /// Whether the places are not the whole cycle.
    fn is_part(&self) -> bool {
        let ends = |at: usize| self.places[(at + 1) % self.places.len()].step.held.class;
        (0..self.places.len()).any(|at| self.places[at].step.wanted.class != ends(at))
    }

    fn is_at_a_place(&self, thread: usize) -> bool {
        self.places.iter().any(|place| place.taken.is_some_and(|taken| taken.thread == thread))
    }

    /// The threads that are not to be held back.
    fn free(&mut self, runnable: &[usize]) -> Vec<usize> {
        let others: Vec<usize> = runnable.iter().copied().filter(|&thread| !self.is_at_a_place(thread)).collect();
        if self.met.load(Ordering::Relaxed) {
            if others.is_empty() || self.others_first == 0 {
                return runnable.to_vec();
            }
            self.others_first -= 1;
        } else if others.is_empty() {
            // Nobody else comes. One of them goes on.
            let gives_up = self.rng.one_of(runnable);
            for place in &mut self.places {
                place.taken = place.taken.filter(|taken| taken.thread != gives_up);
            }
            return vec![gives_up];
        }
        others
    }
}

impl Policy for Guided {
    fn choose(&mut self, choice: &Choice<'_>) -> Option<usize> {
        if let Some((request, ask)) = self.requests.latest(choice)
            && !self.met.load(Ordering::Relaxed)
            && !self.is_at_a_place(request.0)
        {
            self.arrives(request, ask);
            let all = !self.places.is_empty() && self.places.iter().all(|place| place.taken.is_some());
            self.met.store(all, Ordering::Relaxed);
        }
        let free = self.free(choice.runnable);
        if let Some(current) = choice.current
            && self.changes
            && self.rng.below(CHANGES) == 0
        {
            self.priorities.lower(current);
        }
        self.priorities.first(&free, &mut self.rng)
    }
}
