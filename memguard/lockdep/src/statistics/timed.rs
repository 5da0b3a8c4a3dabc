//! The times of one class at one place. All threads share them: they are as large as 500 counts, and threads are many.

use crate::per_process::PerProcess;
use crate::place::Place;
use crate::statistics::histogram::Shared;
use std::collections::BTreeMap;
use std::ptr;

#[derive(Debug, Default)]
pub(crate) struct Timed {
    pub(crate) wait: Shared,
    pub(crate) hold: Shared,
}

/// By class, as in a word, and by the address of the place.
static ALL: PerProcess<BTreeMap<(u64, usize), &'static Timed>> = PerProcess::new();

/// The times of a class at a place, which live for ever. To be called outside the checker's own data, by a thread that
/// may allocate.
pub(crate) fn of(class: u64, place: Place) -> &'static Timed {
    let key = (class, ptr::from_ref(place.0).addr());
    ALL.with(|all| *all.entry(key).or_insert_with(|| Box::leak(Box::default())))
}
