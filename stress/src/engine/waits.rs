//! The longest waits of one scenario.

use memguard_lockdep::Usage;
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest wait for the locks of each class, by name. lockdep counts for the whole process and keeps the longest
/// wait only. So this has those that are longer than any before.
pub(super) type LongestWaits = BTreeMap<String, Duration>;

/// Up to now, since the process counts.
pub(super) fn up_to_now(locks: &[Usage]) -> LongestWaits {
    let mut longest = LongestWaits::new();
    for usage in locks {
        let wait = longest.entry(usage.class.to_string()).or_default();
        *wait = usage.wait.max.max(*wait);
    }
    longest
}

/// Those that are longer than before.
pub(super) fn since(before: &LongestWaits, now: LongestWaits) -> LongestWaits {
    let is_new = |(class, wait): &(String, Duration)| *wait > before.get(class).copied().unwrap_or_default();
    now.into_iter().filter(is_new).collect()
}
