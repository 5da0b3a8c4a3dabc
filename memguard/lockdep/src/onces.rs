//! Initialisers that run once, and who came after them.
//!
//! A thread that has passed a `Once` has waited for its initialiser, in every schedule: it ran it itself, or waited
//! for the thread that did, or came later. The initialiser runs to its end once. So what it does comes before all that
//! a thread does after it has passed. That holds for what runs inside only. What its thread did before, in another
//! schedule it can do later, when another thread initialises.
//!
//! A look without a wait, as that of `OnceLock::get`, orders nothing: a thread that finds no value goes on.

use crate::messages::Messages;
use crate::threads::clock::Moment;
use std::collections::BTreeMap;

/// How many of them are remembered. Of older ones, nothing is said.
const ONCES: usize = 1024;

/// For each initialiser that took locks, by instance: the moments from which threads have passed it.
#[derive(Debug, Default)]
pub(crate) struct Onces(BTreeMap<u64, Vec<Moment>>);

impl Onces {
    /// Something was learned inside.
    pub(crate) fn note(&mut self, once: u64) {
        if self.0.len() == ONCES && !self.0.contains_key(&once) {
            self.0.pop_first();
        }
        self.0.entry(once).or_default();
    }

    /// Whether something was learned inside.
    pub(crate) fn is_noted(&self, once: u64) -> bool {
        self.0.contains_key(&once)
    }

    /// The thread of this moment has passed.
    pub(crate) fn pass(&mut self, once: u64, from: Moment) {
        if let Some(passes) = self.0.get_mut(&once) {
            passes.push(from);
        }
    }

    /// Whether the thread had passed by itself at this moment.
    pub(crate) fn has_passed_itself(&self, once: u64, moment: &Moment) -> bool {
        let passes = self.0.get(&once).into_iter().flatten();
        passes.into_iter().any(|from| from.same_thread(moment) && from.count() <= moment.count())
    }

    /// Whether this moment lies after the initialiser.
    pub(crate) fn is_after(&self, messages: &Messages, once: u64, moment: &Moment) -> bool {
        let passes = self.0.get(&once).into_iter().flatten();
        self.has_passed_itself(once, moment) || passes.into_iter().any(|from| messages.is_before(from, moment))
    }
}
