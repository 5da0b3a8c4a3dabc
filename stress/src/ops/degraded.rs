//! Which degraded outcomes a program can have provoked.

use super::actor::Environment;
use super::tally::Tally;
use crate::{Guarantee, Violation};
use memguard::Degraded;

/// Fails if the session counted a degraded outcome that the program cannot have provoked.
pub(super) fn provoked(degraded: &Degraded, environment: Environment<'_>, tally: &Tally) -> Result<(), Violation> {
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
            || kind == "poison_recoveries" && tally.panics_under_coffer() > 0
            || BY_PAGE_FAULTS.contains(&kind) && tally.has_page_faults() && environment.faults_fired() > 0
    };
    let Some((kind, count)) = degraded.iter().find(|&(kind, count)| count > 0 && !provoked(kind)) else {
        return Ok(());
    };
    let guarantee = if kind == "dirty_slots" { Guarantee::Wiped } else { Guarantee::Visible };
    Err(Violation::new(guarantee, format!("{kind} is {count}, and nothing provoked that")))
}
