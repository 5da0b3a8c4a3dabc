//! What the executions of a run saw. A run without its interesting outcomes shows nothing, so each run names them.

use crate::mutex::lock;
use crate::ops::Told;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// What was seen, and which program the current execution runs.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    seen: BTreeSet<Told>,
    program: Option<u64>,
}

impl Seen {
    /// Notes that this happened.
    pub fn note(&self, what: Told) {
        self.with(|notes| notes.seen.insert(what));
    }

    /// Notes that the current execution runs [`Program::deep`](crate::ops::Program::deep) of this seed. A report of its
    /// failure prints the program.
    pub fn runs(&self, seed: u64) {
        self.with(|notes| notes.program = Some(seed));
    }

    /// Everything that was noted.
    pub(super) fn all(&self) -> BTreeSet<Told> {
        self.with(|notes| notes.seen.clone())
    }

    /// The seed of the program that the latest execution ran.
    pub(super) fn program(&self) -> Option<u64> {
        self.with(|notes| notes.program)
    }

    fn with<R>(&self, look: impl FnOnce(&mut Notes) -> R) -> R {
        look(&mut lock(&self.0))
    }
}
