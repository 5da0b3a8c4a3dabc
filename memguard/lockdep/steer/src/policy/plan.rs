//! Plans: which request of which thread belongs to which step of a cycle.
//!
//! A thread may come by a step often. Only some of its requests are for locks that the other threads can have. A run
//! in which nobody is held back shows which.

use super::{Choice, Policy};
use crate::hang::is_held_by_its_thread;
use memguard_lockdep::scheduler::Ask;
use memguard_lockdep::{Report, Step};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many requests are kept, and how many combinations of them are looked at.
const MOST: usize = 100_000;
/// How many plans are made of one run.
const PLANS: usize = 1000;

/// A request: the thread, and how many it had made before.
pub(crate) type Request = (usize, usize);
/// The request for each step that its thread is held back at.
pub(crate) type Plan = Vec<Request>;

/// Counts what threads ask for.
#[derive(Debug, Default)]
pub(super) struct Requests(HashMap<usize, usize>);

impl Requests {
    /// What the current thread has asked for in its latest step.
    pub(super) fn latest<'a>(&mut self, choice: &'a Choice<'_>) -> Option<(Request, &'a Ask)> {
        let (thread, ask) = (choice.current?, choice.asked.as_ref()?);
        let count = self.0.entry(thread).or_default();
        *count += 1;
        Some(((thread, *count - 1), ask))
    }
}

/// The requests of a run.
pub(crate) type Log = Arc<Mutex<Vec<(Request, Ask)>>>;

/// Notes the requests of a run under another policy.
pub(crate) struct Scout<P> {
    policy: P,
    requests: Requests,
    log: Log,
}

impl<P> Scout<P> {
    pub(crate) fn new(policy: P, log: Log) -> Self {
        Self { policy, requests: Requests::default(), log }
    }
}

impl<P: Policy> Policy for Scout<P> {
    fn choose(&mut self, choice: &Choice<'_>) -> Option<usize> {
        if let Some((request, ask)) = self.requests.latest(choice) {
            let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() < MOST {
                log.push((request, ask.clone()));
            }
        }
        self.policy.choose(choice)
    }
}

/// The steps at which a thread can be held back. Nobody holds an event. The thread that brings it about asks for a lock
/// before it does, which others do too.
pub(super) fn places(report: &Report) -> Vec<Step> {
    report.steps.iter().filter(|step| is_held_by_its_thread(step)).cloned().collect()
}

/// The plans that the requests of a run allow.
pub(crate) fn plans(report: &Report, log: &[(Request, Ask)]) -> Vec<Plan> {
    let steps = places(report);
    let is_whole = steps.len() == report.steps.len();
    let fits = |step: &Step| -> Vec<Fit> { log.iter().filter_map(|(request, ask)| fit(step, *request, ask)).collect() };
    let candidates: Vec<Vec<Fit>> = steps.iter().map(fits).collect();
    let mut search = Search { candidates, is_whole, path: Vec::new(), plans: Vec::new(), looks: MOST };
    if steps.len() > 1 {
        search.extend();
    }
    search.plans
}

/// A request that does what a step does.
#[derive(Clone, Copy)]
struct Fit {
    request: Request,
    held: u64,
    wanted: u64,
}

fn fit(step: &Step, request: Request, ask: &Ask) -> Option<Fit> {
    let held = ask.held.iter().find(|lock| lock.class == step.held.class)?;
    let fit = Fit { request, held: held.instance, wanted: ask.wanted.instance };
    (ask.wanted.class == step.wanted.class).then_some(fit)
}

struct Search {
    candidates: Vec<Vec<Fit>>,
    /// Whether each step has a place, so that each thread wants what the next one holds.
    is_whole: bool,
    path: Vec<Fit>,
    plans: Vec<Plan>,
    looks: usize,
}

impl Search {
    fn extend(&mut self) {
        let at = self.path.len();
        if at == self.candidates.len() {
            let closes = !self.is_whole || self.path[at - 1].wanted == self.path[0].held;
            if closes && self.plans.len() < PLANS {
                self.plans.push(self.path.iter().map(|fit| fit.request).collect());
            }
            return;
        }
        for next in 0..self.candidates[at].len() {
            if self.looks == 0 {
                return;
            }
            self.looks -= 1;
            let fit = self.candidates[at][next];
            let meets = !self.is_whole || self.path.last().is_none_or(|before| before.wanted == fit.held);
            if meets && self.path.iter().all(|other| other.request.0 != fit.request.0) {
                self.path.push(fit);
                self.extend();
                self.path.pop();
            }
        }
    }
}
