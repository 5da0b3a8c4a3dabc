//! The counts of all threads, summed up.

use crate::class::Class;
use crate::place::Place;
use crate::statistics::histogram::Histogram;
use crate::statistics::switch;
use crate::statistics::table::Table;
use crate::statistics::timed::Timed;
use crate::statistics::usage::{Times, Usage};
use crate::world;
use std::cmp::Reverse;
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
    Statistics::now().since(&Statistics::default())
}

/// What all threads had done at one moment. The difference of two is what they did in between.
///
/// ```
/// use memguard_lockdep::Statistics;
/// memguard_lockdep::start_statistics();
/// let before = Statistics::now();
/// // What is to be measured.
/// for usage in Statistics::now().since(&before) {
///     println!("{usage}");
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    sums: BTreeMap<Key, Sum>,
}

/// The index of a class, and a place. One place can have several addresses.
type Key = (u32, &'static str, u32, u32);

#[derive(Clone, Debug)]
struct Sum {
    usage: Usage,
    wait: Histogram,
    hold: Histogram,
}

impl Statistics {
    /// What all threads have done up to now. All is 0 before [`start_statistics`].
    pub fn now() -> Self {
        let mut sums = BTreeMap::new();
        let mut all_timed: BTreeMap<Key, Vec<&Timed>> = BTreeMap::new();
        for record in world::records() {
            for entry in record.table().into_iter().flat_map(Table::entries) {
                let Some((class, place)) = entry.identity() else { continue };
                let key = (class.index, place.file(), place.line(), place.column());
                let sum = sums.entry(key).or_insert_with(|| Sum::none(class, place));
                entry.add_to(&mut sum.usage);
                // Threads share them.
                let known = all_timed.entry(key).or_default();
                if let Some(timed) = entry.timed().filter(|&timed| !known.iter().any(|&other| ptr::eq(other, timed))) {
                    known.push(timed);
                    sum.wait.add(&timed.wait);
                    sum.hold.add(&timed.hold);
                }
            }
        }
        Self { sums }
    }

    /// What threads did after the `earlier` moment and up to this one, the most contended first. Without what they did
    /// not do.
    pub fn since(&self, earlier: &Self) -> Vec<Usage> {
        let used = |(key, sum): (&Key, &Sum)| sum.since(earlier.sums.get(key));
        let mut all: Vec<Usage> = self.sums.iter().filter_map(used).collect();
        all.sort_by_key(|usage| Reverse((usage.contended, usage.acquired)));
        all
    }
}

impl Sum {
    fn none(class: &'static Class, place: Place) -> Self {
        let (wait, hold) = (Times::default(), Times::default());
        let usage = Usage { class, place, acquired: 0, contended: 0, failed: 0, timed_out: 0, wait, hold };
        Self { usage, wait: Histogram::default(), hold: Histogram::default() }
    }

    fn since(&self, earlier: Option<&Self>) -> Option<Usage> {
        let none = Self::none(self.usage.class, self.usage.place);
        let Self { usage: before, wait, hold } = earlier.unwrap_or(&none);
        let usage = Usage {
            acquired: self.usage.acquired.saturating_sub(before.acquired),
            contended: self.usage.contended.saturating_sub(before.contended),
            failed: self.usage.failed.saturating_sub(before.failed),
            timed_out: self.usage.timed_out.saturating_sub(before.timed_out),
            wait: self.wait.times_since(wait),
            hold: self.hold.times_since(hold),
            ..self.usage
        };
        (usage.acquired + usage.failed + usage.timed_out + usage.hold.timed > 0).then_some(usage)
    }
}
