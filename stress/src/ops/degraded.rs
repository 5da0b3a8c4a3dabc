//! Which degraded outcomes a program can have provoked.

use super::actor::Environment;
use super::tally::Tally;
use memguard::Degraded;

/// A degraded outcome that the session counted and that the program cannot have provoked, in words.
pub(super) fn unprovoked(degraded: &Degraded, environment: Environment<'_>, tally: &Tally) -> Option<String> {
    // The tally compares these with what callers were told.
    const TOLD: [&str; 4] = ["handed_over_wipes", "accesses_refused", "acquire_timeouts", "rekeys_failed"];
    const BY_OTHERS: [&str; 3] = ["deferred_removals", "parked_registrations", "rekeys_skipped"];
    const BY_PAGE_FAULTS: [&str; 8] = [
        "limits_reached",
        "unlocked_pages",
        "dumpable_pages",
        "inheritable_pages",
        "unguarded_pages",
        "unconcealed",
        "unwiped_slots",
        "leaked_slots",
    ];
    let provoked = |kind: &str| {
        TOLD.contains(&kind)
            || BY_OTHERS.contains(&kind) && !environment.alone
            || kind == "unhidden_pages" && environment.unhidden
            || BY_PAGE_FAULTS.contains(&kind) && tally.has_page_faults() && environment.faults_fired() > 0
    };
    let (kind, count) = degraded.iter().find(|&(kind, count)| count > 0 && !provoked(kind))?;
    Some(format!("{kind} is {count}, and nothing provoked that"))
}
