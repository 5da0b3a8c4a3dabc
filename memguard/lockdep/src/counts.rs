//! The counts of all threads, summed up.

use crate::statistics::histogram::Histogram;
use crate::statistics::switch;
use crate::statistics::table::Table;
use crate::statistics::timed::Timed;
use crate::statistics::usage::{Times, Usage};
use crate::world;
use std::collections::BTreeMap;
use std::ptr;

/// Counts all acquisitions from now on, for [`statistics`]. Without it nothing is counted.
///
/// Each acquisition then costs a look-up in a table of the thread. One hold in 64 is timed, and each wait. Waits and
/// holds of an allocator's own locks are counted without their times.
///
/// ```
/// memguard_lockdep::start_statistics();
/// ```
pub fn start_statistics() {
    switch::turn_on();
    world::make_tables();
}

/// What all threads did since [`start_statistics`], the most contended first.
///
/// ```
/// for usage in memguard_lockdep::statistics() {
///     println!("{usage}");
/// }
/// ```
pub fn statistics() -> Vec<Usage> {
    let mut sums: BTreeMap<_, (Usage, Vec<&Timed>)> = BTreeMap::new();
    for record in world::records() {
        for entry in record.table().into_iter().flat_map(Table::entries) {
            let Some((class, place)) = entry.identity() else { continue };
            let key = (class.index, place.file(), place.line(), place.column());
            let none = Usage {
                class,
                place,
                acquired: 0,
                contended: 0,
                failed: 0,
                timed_out: 0,
                wait: Times::default(),
                hold: Times::default(),
            };
            let (usage, all_timed) = sums.entry(key).or_insert((none, Vec::new()));
            entry.add_to(usage);
            // Threads share them. And one place can have several addresses.
            let new = entry.timed().filter(|timed| !all_timed.iter().any(|known| ptr::eq(*known, *timed)));
            all_timed.extend(new);
        }
    }
    let times = |(usage, all_timed): (Usage, Vec<&Timed>)| {
        let (mut wait, mut hold) = (Histogram::default(), Histogram::default());
        for timed in all_timed {
            wait.add(&timed.wait);
            hold.add(&timed.hold);
        }
        Usage { wait: wait.times(), hold: hold.times(), ..usage }
    };
    let mut all: Vec<Usage> = sums.into_values().map(times).collect();
    all.sort_by_key(|usage| std::cmp::Reverse((usage.contended, usage.acquired)));
    all
}
