//! What the checker reports, as values and as text.

mod text;

use crate::acquisition::Acquisition;
use crate::graph::Context;
use crate::graph::cycle::{Cycle, Grade};
use crate::mode::Wait;
use serde::Serialize;

/// What a report amounts to.
///
/// ```
/// use memguard_lockdep::{Debt, Verdict};
/// assert!(Verdict::Deadlock.is_deadlock());
/// assert!(!Verdict::Debt(Debt::OneThread).is_deadlock());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Threads can wait for each other for ever.
    Deadlock,
    /// A thread waits for a lock that it holds itself.
    SelfDeadlock,
    /// A lock was wanted against a declared order.
    Order,
    /// The order is not consistent, but something else keeps the threads apart so far.
    Debt(Debt),
}

impl Verdict {
    /// Whether something can hang, or a declared order was broken.
    pub fn is_deadlock(self) -> bool {
        !matches!(self, Verdict::Debt(_))
    }
}

/// Why an inconsistent order is no deadlock.
///
/// ```
/// assert_ne!(memguard_lockdep::Debt::Gate, memguard_lockdep::Debt::Ordered);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Debt {
    /// The threads hold a common lock, or work for threads that do.
    Gate,
    /// A join, a spawn or a message lets one thread begin after the other is done.
    Ordered,
    /// One thread did both.
    OneThread,
    /// A wait ends at a timeout.
    Timed,
}

/// One edge of a cycle: a thread that held one lock and wanted another.
///
/// ```
/// for report in memguard_lockdep::reports() {
///     for step in &report.steps {
///         println!("{} held {} and wanted {}", step.thread, step.held, step.wanted);
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The name and number of the thread.
    pub thread: String,
    /// What it held, and where it took it.
    pub held: Acquisition,
    /// What it wanted, and where it asked for it.
    pub wanted: Acquisition,
    /// How long it would have waited.
    pub wait: Wait,
    /// What else it held.
    pub also_held: Vec<Acquisition>,
}

impl Step {
    pub(crate) fn of(context: &Context) -> Self {
        let Context { thread, held, wanted, wait, gates, .. } = context;
        Self { thread: thread.to_string(), held: *held, wanted: *wanted, wait: *wait, also_held: gates.clone() }
    }
}

/// A fault in the order of locks, with the places that show it.
///
/// ```
/// assert!(memguard_lockdep::reports().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What it amounts to.
    pub verdict: Verdict,
    /// The edges of the cycle. Each thread wants what the next one holds. The last wants what the first holds.
    pub steps: Vec<Step>,
    /// The lock that keeps the threads apart, if that is the debt.
    pub gate: Option<Acquisition>,
}

impl Report {
    pub(crate) fn of(cycle: &Cycle) -> Self {
        let (verdict, gate) = match &cycle.grade {
            Grade::Deadlock => (Verdict::Deadlock, None),
            Grade::Timed => (Verdict::Debt(Debt::Timed), None),
            Grade::Gate(gate) => (Verdict::Debt(Debt::Gate), Some(gate.lock)),
            Grade::Ordered => (Verdict::Debt(Debt::Ordered), None),
            Grade::OneThread => (Verdict::Debt(Debt::OneThread), None),
        };
        let mut steps: Vec<Step> = cycle.contexts.iter().map(|context| Step::of(context)).collect();
        // The same cycle is found from each of its edges.
        let first = (0..steps.len()).min_by_key(|&at| (steps[at].held.class.index, steps[at].held.instance));
        steps.rotate_left(first.unwrap_or(0));
        Self { verdict, steps, gate }
    }

    /// Whether the other is about the same cycle.
    pub(crate) fn same(&self, other: &Report) -> bool {
        let edges = |report: &Report| -> Vec<_> {
            // Locks of one class are told apart by place. Their instances are as many as the program makes.
            let of_one_class = |step: &Step| step.held.class == step.wanted.class;
            let places = |step: &Step| of_one_class(step).then_some((step.held.place, step.wanted.place));
            report.steps.iter().map(|step| (step.held.class, step.wanted.class, places(step))).collect()
        };
        let once = |report: &Report| matches!(report.verdict, Verdict::Order | Verdict::SelfDeadlock);
        edges(self) == edges(other) && once(self) == once(other)
    }

    /// The report as JSON.
    ///
    /// ```
    /// for report in memguard_lockdep::reports() {
    ///     println!("{}", report.to_json());
    /// }
    /// ```
    pub fn to_json(&self) -> String {
        // Its values are strings and numbers, which serialise.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
