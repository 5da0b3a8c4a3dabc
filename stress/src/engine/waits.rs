//! The longest waits of one scenario.

use memguard_lockdep::Usage;
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest wait for the locks of each class, by name. Only of classes for which somebody waited.
pub(super) type LongestWaits = BTreeMap<String, Duration>;

pub(super) fn longest(locks: &[Usage]) -> LongestWaits {
    let mut longest = LongestWaits::new();
    for usage in locks.iter().filter(|usage| usage.wait.timed > 0) {
        let wait = longest.entry(usage.class.to_string()).or_default();
        *wait = usage.wait.max.max(*wait);
    }
    longest
}
