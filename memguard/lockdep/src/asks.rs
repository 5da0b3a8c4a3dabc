//! Who is told what threads ask for.

use crate::acquisition::Acquisition;
use crate::mode::Wait;
use crate::threads::own;
use crate::threads::record::Record;
use std::cell::Cell;

/// Is told, and says whether the checker is to learn from it.
type Observer = fn(Ask) -> bool;

thread_local! {
    static OBSERVER: Cell<Option<Observer>> = const { Cell::new(None) };
}

/// What a thread that holds locks asks for.
///
/// ```
/// memguard_lockdep::scheduler::observe_asks(None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ask {
    /// What it holds, the oldest first.
    pub held: Vec<Acquisition>,
    /// What it asks for.
    pub wanted: Acquisition,
    /// How long it will wait.
    pub wait: Wait,
}

pub(crate) fn observe(observer: Option<Observer>) {
    OBSERVER.set(observer);
}

/// Whether the checker is to learn from this, and whether the thread need not tell it again.
pub(crate) fn tell(record: &Record, wanted: Acquisition, wait: Wait) -> (bool, bool) {
    match OBSERVER.get() {
        Some(observer) => (own::unwatched(|| observer(Ask { held: record.snapshot(), wanted, wait })), false),
        None => (true, true),
    }
}
