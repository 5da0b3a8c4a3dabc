//! What the threads were told, to be compared with what the session counted.

use memguard::Health;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) purges: u64,
    pub(super) rekeys: u64,
    pub(super) rekeys_skipped: u64,
    pub(super) rekeys_failed: u64,
    /// Accesses refused as re-entrant or because waiting could have closed a cycle.
    pub(super) refused: u64,
    pub(super) timeouts: u64,
    pub(super) handed_over: u64,
    /// Buffers sealed: sealing destroys, and does not say how.
    pub(super) sealed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.purges += other.purges;
        self.rekeys += other.rekeys;
        self.rekeys_skipped += other.rekeys_skipped;
        self.rekeys_failed += other.rekeys_failed;
        self.refused += other.refused;
        self.timeouts += other.timeouts;
        self.handed_over += other.handed_over;
        self.sealed += other.sealed;
    }
}

impl Tally {
    /// # Panics
    /// If the session counted something else.
    pub(super) fn must_agree_with(&self, health: &Health) {
        let counted = &health.degraded;
        assert_eq!(health.purges, self.purges, "VISIBLE: purges");
        assert_eq!(health.rekeys, self.rekeys, "VISIBLE: rekeys");
        assert_eq!(counted.rekeys_skipped, self.rekeys_skipped, "VISIBLE: rekeys skipped");
        assert_eq!(counted.rekeys_failed, self.rekeys_failed, "VISIBLE: rekeys that failed");
        assert_eq!(counted.accesses_refused, self.refused, "VISIBLE: accesses refused");
        assert_eq!(counted.acquire_timeouts, self.timeouts, "VISIBLE: timeouts");
        let possible = self.handed_over..=self.handed_over + self.sealed;
        let handed_over = counted.handed_over_wipes;
        assert!(possible.contains(&handed_over), "VISIBLE: {handed_over} wipes handed over, and not {possible:?}");
        assert_no_fault(health);
    }
}

/// # Panics
/// If the session counted something that is a fault of the library wherever it happens.
pub(super) fn assert_no_fault(health: &Health) {
    let counted = &health.degraded;
    for (what, count) in counted.iter() {
        let happens = [
            "parked_registrations",
            "deferred_removals",
            "handed_over_wipes",
            "rekeys_skipped",
            "rekeys_failed",
            "accesses_refused",
            "acquire_timeouts",
        ];
        assert!(count == 0 || happens.contains(&what), "{what}: {count}, in a session that nothing was planted in");
    }
}
