//! What a scenario leaves behind, once every thread has ended and every buffer and enclave of it is dropped.

use super::Unfit;
use crate::kernel::{self, LockedMemory};
use crate::{Guarantee, Violation};
use memguard::{Degraded, PurgeReport, Session};
use memguard_reports::stress as report;

/// Kinds of degraded outcome that contention and limits lead to, and that leave nothing behind. Any other kind is a fault of the
/// library or of this machine, and nothing here provokes one.
const ORDINARY: &[&str] = &[
    "accesses_refused",
    "acquire_timeouts",
    "deferred_removals",
    "handed_over_wipes",
    "limits_reached",
    "parked_registrations",
    "rekeys_skipped",
];

/// What was found at rest.
pub(super) struct Rest {
    pub(super) quiescence: report::Quiescence,
    pub(super) degraded: Degraded,
    pub(super) findings: Vec<Violation>,
}

/// The locked memory of the process.
pub(super) fn measure() -> Result<LockedMemory, Unfit> {
    kernel::locked_memory().map_err(|error| Unfit(format!("locked memory cannot be measured: {error}")))
}

/// Looks at a session that nobody uses. `before` is what the process had locked without it, and `own_slots` how many slots it
/// had when it was new: those of its coffer.
pub(super) fn look(session: &Session, before: LockedMemory, own_slots: u64) -> Result<Rest, Unfit> {
    // Before the audit, which wipes and withdraws what it finds.
    let measured = measure()?.beyond(before);
    // Removals that found the registry busy may still wait for the next one who enters it. This is the next one.
    let _ = session.health();
    let stated = session.health();
    let audit = session.audit();
    let degraded = session.health().degraded;
    let mut findings = Vec::new();
    let mut broken = |guarantee, message| findings.push(Violation::new(guarantee, message));

    let in_use = stated.footprint.slots.saturating_sub(audit.free_slots);
    if in_use != own_slots {
        broken(Guarantee::Wiped, format!("slots in use at rest: {in_use}, and in the new session: {own_slots}"));
    }
    if stated.registered != 0 {
        broken(Guarantee::Wiped, format!("buffers still registered: {}", stated.registered));
    }
    for (kind, count) in degraded.iter().filter(|(kind, count)| *count > 0 && !ORDINARY.contains(kind)) {
        broken(Guarantee::Visible, format!("{kind} is {count}, and nothing here provokes that"));
    }
    // Two judges of the same bytes: the audit looks at free slots, the kernel's view at all slots, of which only the
    // session's own may hold anything (the canary around the key).
    let dirty_pages = audit.dirty_slots.max(measured.not_zero.saturating_sub(own_slots));
    let quiescence = report::Quiescence {
        live_buffers: stated.live_buffers,
        parked: stated.parked,
        handed_over: stated.handed_over,
        dirty_pages,
        locked_bytes_stated: stated.footprint.locked_bytes,
        locked_bytes_measured: measured.bytes,
        mappings_stated: stated.footprint.slots,
        mappings_measured: measured.mappings,
    };
    Ok(Rest { quiescence, degraded, findings })
}

/// Closes the session. Nothing of it may be left, neither buffers to wipe nor memory.
pub(super) fn close(session: Session, before: LockedMemory) -> Result<Option<Violation>, Unfit> {
    let wiped = session.close();
    let after = measure()?;
    let message = if wiped != PurgeReport::default() {
        format!("closing a session without buffers wiped some: {wiped:?}")
    } else if after != before {
        format!("a closed session left locked memory behind: {after:?}, before it was {before:?}")
    } else {
        return Ok(None);
    };
    Ok(Some(Violation::new(Guarantee::Wiped, message)))
}
