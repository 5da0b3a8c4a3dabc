//! What runs did.

use crate::Violation;
use crate::ops::{Tally, Told};
use crate::thread::{Explored, Failure};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::AddAssign;

/// What a run of a case did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// How many steps its threads made.
    pub steps: u64,
    /// A hash of all steps: which thread made each. Only runs of one build can be compared.
    pub trace: u64,
    /// What callers were told. Empty after a failure.
    pub seen: Vec<Told>,
    /// Which degraded outcomes a scenario's session counted. Empty for programs and after a failure.
    pub degraded: BTreeSet<&'static str>,
    /// How it failed, if it did.
    pub failure: Option<Failure>,
}

impl Ran {
    /// From what shuttle saw, and from the result of the program if it ended.
    pub(super) fn new(explored: &Explored, result: Option<Result<Tally, Violation>>) -> Self {
        let mut hasher = DefaultHasher::new();
        explored.latest.hash(&mut hasher);
        let (seen, violation) = match result {
            Some(Ok(tally)) => (tally.seen().collect(), None),
            Some(Err(violation)) => (Vec::new(), Some(violation)),
            None => (Vec::new(), None),
        };
        let broken = violation.map(|violation| Failure { text: violation.to_string(), waits: String::new() });
        let failure = explored.failure.clone().or(broken);
        Self { steps: explored.steps, trace: hasher.finish(), seen, degraded: BTreeSet::new(), failure }
    }

    /// Whether the other run made the same steps and ended in the same way. Numbers in its message do not count: those
    /// of threads and locks go on for as long as the process lives. Nor does for how long threads had waited.
    pub fn is_alike(&self, other: &Self) -> bool {
        let text = |ran: &Self| ran.failure.as_ref().map(|failure| without_digits(&failure.text));
        let same = |ran: &Self| (ran.steps, ran.trace, ran.seen.clone(), ran.degraded.clone(), text(ran));
        same(self) == same(other)
    }
}

/// The text without its digits.
pub(super) fn without_digits(text: &str) -> String {
    text.replace(|c: char| c.is_ascii_digit(), "")
}

/// What several runs did together. The order of the runs does not matter, so shards can be added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many cases ran.
    pub cases: u64,
    /// How many steps they made.
    pub steps: u64,
    /// The sum of the hashes of their traces.
    pub trace: u64,
    /// In how many runs callers were told of each outcome.
    pub seen: BTreeMap<Told, u64>,
    /// In how many runs each degraded outcome was counted.
    pub degraded: BTreeMap<&'static str, u64>,
}

impl AddAssign<&Ran> for Totals {
    fn add_assign(&mut self, ran: &Ran) {
        self.cases += 1;
        self.steps += ran.steps;
        self.trace = self.trace.wrapping_add(ran.trace);
        for &told in &ran.seen {
            *self.seen.entry(told).or_default() += 1;
        }
        for &kind in &ran.degraded {
            *self.degraded.entry(kind).or_default() += 1;
        }
    }
}
