//! Looks for cycles: threads of which each could hold what the one before it wants.
//!
//! Not every cycle of classes is a deadlock. The contexts decide: the threads must differ, must be able to run at the
//! same time, and must not share a lock that keeps them apart (Havelund, "Using Runtime Analysis to Guide Model
//! Checking of Java Programs", 2000: the GoodLock algorithm).

use super::{Blocks, Context, Graph, blocks, keeps_apart};
use crate::acquisition::Acquisition;
use crate::class::Kind;
use crate::loans::Loan;
use crate::mode::Wait;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The longest cycle that is looked for.
const LONGEST: usize = 16;
/// How many steps one search may take. A graph that needs more is searched in part.
const STEPS: usize = 20_000;
/// The same from an event. Each message can have a search of its own, and a step looks at what others give.
const STEPS_FROM_EVENTS: usize = 2_000;

/// What a cycle amounts to, from the worst.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Grade {
    Deadlock,
    /// A wait of the cycle ends at a timeout.
    Timed,
    /// Two of the threads hold a lock, or work under it, so they are never both inside.
    Gate(Gate),
    /// One of the threads ends before another begins.
    Ordered,
    /// One thread did more than one step.
    OneThread,
}

/// A lock that keeps two threads of a cycle apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gate {
    pub(crate) lock: Acquisition,
    /// The numbers of the loans that this rests on.
    pub(crate) loans: Vec<u64>,
}

impl Grade {
    fn rank(&self) -> u8 {
        match self {
            Grade::Deadlock => 0,
            Grade::Timed => 1,
            Grade::Gate(_) => 2,
            Grade::Ordered => 3,
            Grade::OneThread => 4,
        }
    }

    pub(crate) fn worse_than(&self, other: &Grade) -> bool {
        self.rank() < other.rank()
    }
}

/// A cycle with the contexts that make it worst.
#[derive(Clone, Debug)]
pub(crate) struct Cycle {
    pub(crate) contexts: Vec<Arc<Context>>,
    pub(crate) grade: Grade,
}

impl Cycle {
    /// Whether what is learned later can make it worse, although no thread does anything new.
    pub(crate) fn is_provisional(&self) -> bool {
        self.grade == Grade::Ordered || self.rests_on(|_| true)
    }

    /// Whether a loan keeps its threads apart.
    pub(crate) fn rests_on(&self, loan: impl Fn(u64) -> bool) -> bool {
        matches!(&self.grade, Grade::Gate(gate) if gate.loans.iter().any(|&number| loan(number)))
    }

    pub(crate) fn has_same_contexts(&self, other: &Cycle) -> bool {
        self.contexts.len() == other.contexts.len()
            && self.contexts.iter().all(|context| other.contexts.iter().any(|also| Arc::ptr_eq(context, also)))
    }
}

/// What a search finds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// For each circle of classes, the cycle that is worst.
    pub(crate) cycles: Vec<Cycle>,
    /// Classes whose readers close a cycle as soon as a writer waits between them.
    pub(crate) lack_writers: HashSet<u32>,
}

/// The cycles that a context is part of.
pub(crate) fn through(graph: &Graph, context: &Arc<Context>) -> Found {
    let path = vec![context.clone()];
    let lack_writers = HashSet::new();
    let is_event = |lock: &Acquisition| lock.class.kind().is_event();
    let steps = if is_event(&context.held) || is_event(&context.wanted) { STEPS_FROM_EVENTS } else { STEPS };
    let mut search =
        Search { graph, path, within: false, longest: 2, cut: false, found: HashMap::new(), lack_writers, steps };
    for within in [true, false] {
        if search.takes_part(within, context) {
            search.within = within;
            search.deepen();
        }
    }
    Found { cycles: search.found.into_values().collect(), lack_writers: search.lack_writers }
}

struct Search<'a> {
    graph: &'a Graph,
    path: Vec<Arc<Context>>,
    /// Whether it is among the locks of one family, by instance. Else it is among classes.
    within: bool,
    /// The longest cycle that is looked for in this round.
    longest: usize,
    /// Whether a longer path was left out in this round.
    cut: bool,
    found: HashMap<Vec<(u32, u64)>, Cycle>,
    lack_writers: HashSet<u32>,
    steps: usize,
}

impl Search<'_> {
    /// Looks for short cycles first: a graph with many edges has more long paths than can be looked at.
    fn deepen(&mut self) {
        self.longest = 2;
        while self.longest <= LONGEST && self.steps > 0 {
            self.cut = false;
            self.extend();
            if !self.cut {
                break;
            }
            self.longest += 1;
        }
    }

    /// Whether such a search takes the context into account. Locks of one class are compared with each other only.
    fn takes_part(&self, within: bool, context: &Context) -> bool {
        if within { context.is_within_family() } else { context.held.class != context.wanted.class }
    }

    fn extend(&mut self) {
        let (first, last) = (self.path[0].clone(), self.path[self.path.len() - 1].clone());
        if self.graph.meets(&last, &first, self.within) {
            self.close();
        }
        if self.path.len() == self.longest {
            self.cut = true;
            return;
        }
        let graph = self.graph;
        for contexts in graph.from(last.wanted.class.family) {
            // All of an edge are alike.
            if !contexts.first().is_some_and(|one| self.takes_part(self.within, one)) {
                continue;
            }
            for next in contexts {
                if self.steps == 0 {
                    return;
                }
                self.steps -= 1;
                // Where the lock was wanted as one of another subclass, only the instance leads on.
                let by_instance = self.within || next.held.class != last.wanted.class;
                let is_new = !self.path.iter().any(|step| same_lock(&step.held, &next.held, by_instance));
                if is_new && graph.meets(&last, next, self.within) {
                    self.path.push(next.clone());
                    self.extend();
                    self.path.pop();
                }
            }
        }
    }

    fn close(&mut self) {
        let readers = readers_that_wait(&self.path);
        let contexts: Vec<&Context> = self.path.iter().map(|context| &**context).collect();
        if !self.graph.has_writers_for(&readers, &contexts) {
            self.lack_writers.extend(readers.iter().map(|reader| reader.wanted.class.index));
            return;
        }
        let Some(grade) = grade(self.graph, &self.path) else { return };
        let inside = self.within || self.path[0].by_instance();
        let key = self.path.iter().map(|step| (step.held.class.index, if inside { step.held.instance } else { 0 }));
        let found = Cycle { contexts: self.path.clone(), grade };
        let key = key.collect();
        if self.found.get(&key).is_none_or(|known| found.grade.worse_than(&known.grade)) {
            self.found.insert(key, found);
        }
    }
}

/// Whether it is the same lock, or one of the same class. A lock can be held as one of another subclass.
fn same_lock(one: &Acquisition, other: &Acquisition, by_instance: bool) -> bool {
    one.instance == other.instance || !by_instance && one.class == other.class
}

impl Graph {
    /// Whether what one context wants is what the next holds.
    fn meets(&self, wants: &Context, holds: &Context, within: bool) -> bool {
        let by_instance = within || wants.by_instance() || holds.by_instance();
        same_lock(&wants.wanted, &holds.held, by_instance)
            && blocks(holds.held.mode, wants.wanted.mode) != Blocks::No
            && (wants.takes.0 == 0 || holds.gives.0 == 0 || self.needs(wants, holds))
    }

    /// Whether a thread that waits for a thing of a channel needs one that another thread is going to give. Those of
    /// further threads can come all the same, up to the first that needs what this thread holds.
    fn needs(&self, wants: &Context, holds: &Context) -> bool {
        let flow = wants.wanted.instance;
        let is_kept = |context: &Context, thread: u64| {
            context.held.instance == flow
                && context.moment.thread() == thread
                && wants.locks().any(|lock| keeps_apart(lock, &context.wanted))
        };
        let without = |thread: u64, total: u64| {
            let kept = self.from(wants.wanted.class.family).flatten();
            let first = kept.filter(|context| is_kept(context, thread)).map(|context| context.gives.0).min();
            first.map_or(total, |first| total.min(first.saturating_sub(1)))
        };
        self.messages.needs(flow, (&wants.moment, wants.takes), (&holds.moment, holds.gives), without)
    }

    /// Whether neither context lies before the other.
    fn concurrent(&self, one: &Context, other: &Context) -> bool {
        let is_after = |later: &Context, earlier: &Context| earlier.locks().any(|once| self.is_after_once(later, once));
        self.messages.concurrent(&one.moment, &other.moment) && !is_after(one, other) && !is_after(other, one)
    }

    /// Whether a lock is an initialiser that the thread of a context has passed.
    fn is_after_once(&self, context: &Context, lock: &Acquisition) -> bool {
        lock.class.kind() == Kind::Once && self.onces.is_after(&self.messages, lock.instance, &context.moment)
    }

    /// A lock that keeps two threads from being where they are at the same time.
    fn gate(&self, one: &Context, other: &Context) -> Option<Gate> {
        let own = one.locks().find(|own| other.locks().any(|lock| keeps_apart(own, lock)));
        own.map(|lock| Gate { lock: *lock, loans: Vec::new() }).or_else(|| self.lent_gate(one, other))
    }

    /// The same where one of the threads at least works under a lock that another one holds.
    fn lent_gate(&self, one: &Context, other: &Context) -> Option<Gate> {
        let lent = |context: &Context| {
            if context.is_timely { self.loans.at(&self.messages, &context.moment) } else { Vec::new() }
        };
        let (lent_one, lent_other) = (lent(one), lent(other));
        let by_one_loan = |loans: &[&Loan], context: &Context| {
            let is_gate = |loan: &&&Loan| {
                let is_held = || context.locks().any(|own| keeps_apart(own, &loan.lock));
                loan.holder != context.moment.thread() && is_held() || self.is_after_once(context, &loan.lock)
            };
            loans.iter().find(is_gate).map(|loan| Gate { lock: loan.lock, loans: vec![loan.number] })
        };
        let by_two_loans = || {
            let pairs = lent_one.iter().flat_map(|loan| lent_other.iter().map(move |also| (loan, also)));
            let is_gate =
                |(loan, also): &(&&Loan, &&Loan)| loan.holder != also.holder && keeps_apart(&loan.lock, &also.lock);
            let found = pairs.into_iter().find(is_gate);
            found.map(|(loan, also)| Gate { lock: loan.lock, loans: vec![loan.number, also.number] })
        };
        by_one_loan(&lent_one, other).or_else(|| by_one_loan(&lent_other, one)).or_else(by_two_loans)
    }
}

/// Those that wait only if a writer waits before them.
fn readers_that_wait(cycle: &[Arc<Context>]) -> Vec<&Context> {
    let next = |at: usize| &cycle[(at + 1) % cycle.len()];
    let behind_writer = |at: &usize| blocks(next(*at).held.mode, cycle[*at].wanted.mode) == Blocks::BehindWriter;
    (0..cycle.len()).filter(behind_writer).map(|at| &*cycle[at]).collect()
}

/// What a cycle amounts to. Nothing if a thread waits for an event of its own.
fn grade(graph: &Graph, cycle: &[Arc<Context>]) -> Option<Grade> {
    let mut worst = None;
    for (at, one) in cycle.iter().enumerate() {
        for other in &cycle[at + 1..] {
            let less = if one.moment.same_thread(&other.moment) {
                // A thread that waits for what it brings about itself has a part for each; events show that often.
                if cycle.iter().any(|step| step.wanted.class.kind().is_event()) {
                    return None;
                }
                Some(Grade::OneThread)
            } else if !graph.concurrent(one, other) {
                Some(Grade::Ordered)
            } else {
                graph.gate(one, other).map(Grade::Gate)
            };
            worst = [worst, less].into_iter().flatten().max_by_key(Grade::rank);
        }
    }
    let timed = cycle.iter().any(|step| step.wait == Wait::Timed);
    Some(worst.unwrap_or(if timed { Grade::Timed } else { Grade::Deadlock }))
}
