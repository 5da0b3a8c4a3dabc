//! What a session must look like that no thread uses and that has no buffers.

use super::violations::Violations;
use crate::ops::Tally;
use crate::{Guarantee, Violation};
use memguard::{PurgeReport, Session};
use std::collections::BTreeSet;

/// The degraded outcomes that contention and limits cause, and that leave nothing behind. Any other kind is a fault of
/// the library or of the machine, because no scenario provokes it.
pub(crate) const ORDINARY: &[&str] = &[
    "accesses_refused",
    "acquire_timeouts",
    "deferred_removals",
    "handed_over_wipes",
    "limits_reached",
    "parked_registrations",
    "rekeys_skipped",
];

/// Checks a session that no thread uses, and closes it. Returns the kinds of degraded outcomes that it counted.
///
/// Nothing may be live, registered, parked or handed over, no free slot may be dirty, the counters must agree with
/// what callers were told, and closing must find nothing to wipe.
pub(crate) fn close_at_rest(session: Session, tally: &Tally, violations: &Violations) -> BTreeSet<&'static str> {
    // A removal that found the registry busy is done by the next call that enters the registry: this one.
    let _ = session.health();
    let health = session.health();
    let left = (health.live_buffers, health.registered, health.parked, health.handed_over);
    violations.check(Violation::unless(left == (0, 0, 0, 0), Guarantee::Wiped, || {
        format!("(live, registered, parked, handed over) buffers are left at rest: {left:?}")
    }));
    let dirty = session.audit().dirty_slots;
    violations.check(Violation::unless(dirty == 0, Guarantee::Wiped, || format!("{dirty} free slots are not zero")));
    for message in tally.disagreements(&health.degraded) {
        violations.add(crate::Violation::new(Guarantee::Visible, message));
    }
    let wiped = session.close();
    violations.check(Violation::unless(wiped == PurgeReport::default(), Guarantee::Wiped, || {
        format!("closing a session without buffers wiped some: {wiped:?}")
    }));
    health.degraded.iter().filter(|&(_, count)| count > 0).map(|(kind, _)| kind).collect()
}
