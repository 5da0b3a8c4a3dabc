//! What lockdep reports while a model runs: how often each outcome and each edge occurred, and the first schedule that
//! showed it.

use crate::thread;
use memguard::sync::lockdep::{self, Event};
use memguard::sync::{Outcome, Site};
use memguard_reports::models::{EdgeSeen, OutcomeSeen, Witness};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// A lock of `std` and not of loom, because the journal is no part of the model.
static JOURNAL: Mutex<Option<Journal>> = Mutex::new(None);
/// Whether events are recorded. The meta-test runs millions of executions and needs no record.
static OPEN: AtomicBool = AtomicBool::new(false);

/// What was seen of one model.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    execution: u64,
    turns: Vec<i32>,
    outcomes: HashMap<(Site, Outcome), (u64, Witness)>,
    edges: HashMap<(Site, Site), (u64, Witness)>,
}

/// Begins to record.
pub(crate) fn open() {
    lockdep::observe(note);
    with(|journal| *journal = Some(Journal::default()));
    OPEN.store(true, Ordering::Relaxed);
}

/// Tells the journal that the next execution begins.
pub(crate) fn next_execution() {
    if OPEN.load(Ordering::Relaxed) {
        with(|journal| {
            if let Some(journal) = journal {
                journal.execution += 1;
                journal.turns.clear();
            }
        });
    }
}

/// Stops recording and returns what was recorded.
pub(crate) fn close() -> Journal {
    OPEN.store(false, Ordering::Relaxed);
    with(Option::take).unwrap_or_default()
}

fn note(event: Event) {
    if !OPEN.load(Ordering::Relaxed) {
        return;
    }
    let here = thread::here();
    with(|journal| {
        let Some(journal) = journal else { return };
        match event {
            Event::Outcome(site, outcome) => {
                if matches!(outcome, Outcome::Acquired | Outcome::Contended | Outcome::Poisoned) {
                    journal.turn(here);
                }
                count(&mut journal.outcomes, (site, outcome), journal.execution, &journal.turns);
            }
            Event::Edge(held, wanted) => {
                count(&mut journal.edges, (held, wanted), journal.execution, &journal.turns);
            }
            _ => {}
        }
    });
}

fn count<K: Eq + std::hash::Hash>(seen: &mut HashMap<K, (u64, Witness)>, what: K, execution: u64, turns: &[i32]) {
    seen.entry(what).or_insert_with(|| (0, Witness { execution, turns: turns.to_vec() })).0 += 1;
}

impl Journal {
    fn turn(&mut self, thread: i32) {
        if self.turns.last() != Some(&thread) {
            self.turns.push(thread);
        }
    }

    pub(crate) fn has(&self, site: Site, outcome: Outcome) -> bool {
        self.outcomes.contains_key(&(site, outcome))
    }

    /// The outcomes, in the order of the site table.
    pub(crate) fn outcomes(&self) -> Vec<OutcomeSeen> {
        let mut seen: Vec<_> = self.outcomes.iter().collect();
        seen.sort_by_key(|((site, outcome), _)| (*site as usize, *outcome as usize));
        let row = |(&(site, outcome), (count, first)): (&(Site, Outcome), &(u64, Witness))| OutcomeSeen {
            site: site.label().to_owned(),
            outcome: outcome.label().to_owned(),
            count: *count,
            first: first.clone(),
        };
        seen.into_iter().map(row).collect()
    }

    /// The edges, in the order of the site table.
    pub(crate) fn edges(&self) -> Vec<EdgeSeen> {
        let mut seen: Vec<_> = self.edges.iter().collect();
        seen.sort_by_key(|((held, wanted), _)| (*held as usize, *wanted as usize));
        let row = |(&(held, wanted), (count, first)): (&(Site, Site), &(u64, Witness))| EdgeSeen {
            held: held.label().to_owned(),
            wanted: wanted.label().to_owned(),
            count: *count,
            first: first.clone(),
        };
        seen.into_iter().map(row).collect()
    }
}

fn with<R>(step: impl FnOnce(&mut Option<Journal>) -> R) -> R {
    step(&mut JOURNAL.lock().unwrap_or_else(PoisonError::into_inner))
}
