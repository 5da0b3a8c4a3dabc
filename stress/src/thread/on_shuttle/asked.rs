//! Counts how often the library's locks are asked for, for each thread of the system. shuttle runs all threads of a run
//! on one.

use memguard::sync::lockdep::{Event, observe};
use std::cell::Cell;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

/// Counts from now on. Call it once.
pub(super) fn listen() {
    let is_first = observe(|event| {
        if let Event::Outcome(..) = event {
            ASKED.set(ASKED.get() + 1);
        }
    });
    assert!(is_first, "something else observes lockdep, so no acquisition can be counted");
}

pub(super) fn count() -> u64 {
    ASKED.get()
}
