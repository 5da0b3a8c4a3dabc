//! What lockdep observed during one model: it counts for the whole process, so a model is the difference of two looks.

use memguard::sync::{Outcome, Site, lockdep};
use std::collections::HashMap;
use std::hash::Hash;

/// The counters at one moment, or what was added to them between two.
pub(crate) struct Observed {
    pub(crate) outcomes: Vec<((Site, Outcome), u64)>,
    pub(crate) edges: Vec<((Site, Site), u64)>,
    pub(crate) violations: u64,
}

impl Observed {
    pub(crate) fn now() -> Self {
        Self {
            outcomes: lockdep::outcomes().into_iter().map(|(site, outcome, count)| ((site, outcome), count)).collect(),
            edges: lockdep::edges().into_iter().map(|edge| ((edge.held, edge.wanted), edge.count)).collect(),
            violations: lockdep::violation_count(),
        }
    }

    pub(crate) fn since(self, before: &Self) -> Self {
        Self {
            outcomes: added(self.outcomes, &before.outcomes),
            edges: added(self.edges, &before.edges),
            violations: self.violations - before.violations,
        }
    }

    pub(crate) fn has(&self, site: Site, outcome: Outcome) -> bool {
        self.outcomes.iter().any(|(seen, _)| *seen == (site, outcome))
    }
}

fn added<K: Copy + Eq + Hash>(after: Vec<(K, u64)>, before: &[(K, u64)]) -> Vec<(K, u64)> {
    let before: HashMap<K, u64> = before.iter().copied().collect();
    let difference = after.into_iter().map(|(key, count)| (key, count - before.get(&key).copied().unwrap_or(0)));
    difference.filter(|(_, count)| *count > 0).collect()
}
