//! Counts acquisitions and times holds, if threads count.

use crate::place::Place;
use crate::statistics::table::Outcome;
use crate::threads::own;
use crate::threads::record::Record;
use crate::word::Word;

/// Counts how an acquisition went.
#[inline]
pub(super) fn count(record: &'static Record, lock: Word, place: Place, outcome: Outcome) {
    let waited = matches!(outcome, Outcome::Contended(_) | Outcome::TimedOut(_));
    if waited || !record.count(lock, place, outcome, false) {
        count_with_memory(record, lock, place, outcome);
    }
}

/// The same where it may need memory.
#[cold]
fn count_with_memory(record: &'static Record, lock: Word, place: Place, outcome: Outcome) {
    let allocate = !record.is_in_allocator();
    own::unwatched(|| record.count(lock, place, outcome, allocate));
}

/// Notes how long the lock was held that is going to be released, if its hold is timed.
#[inline]
pub(super) fn count_hold(record: &'static Record, lock: Word) {
    if let Some(since) = record.timed_since(lock) {
        count_hold_since(record, since);
    }
}

#[cold]
fn count_hold_since(record: &'static Record, since: u64) {
    let allocate = !record.is_in_allocator();
    own::unwatched(|| record.count_hold(since, allocate));
}
