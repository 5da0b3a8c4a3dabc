//! What a scenario leaves behind when every thread has ended and every buffer and enclave is dropped.

use crate::kernel::{self, LockedMemory};
use crate::scenario::{ORDINARY, Unfit, Violations};
use crate::{Guarantee, Violation};
use memguard::{Audit, Degraded, Health, PurgeReport, Session};
use memguard_reports::stress as report;

/// How often the slots are counted if some come or go meanwhile. The session's own thread may be kept from running as
/// it gives slots back.
const ATTEMPTS: u32 = 200;

/// What the check found.
pub(super) struct Leftovers {
    pub(super) quiescence: report::Quiescence,
    pub(super) degraded: Degraded,
}

/// The locked memory of the process.
pub(super) fn measure() -> Result<LockedMemory, Unfit> {
    kernel::locked_memory().map_err(|error| Unfit(format!("locked memory cannot be measured: {error}")))
}

/// The slots of the one session that there is, those of its key included.
pub(super) fn slots(health: &Health) -> u64 {
    health.footprint.slots + health.key_pages.slots
}

/// Three counts of the same slots.
struct Counts {
    stated: Health,
    measured: LockedMemory,
    audit: Audit,
}

impl Counts {
    fn slots_in_use(&self) -> u64 {
        slots(&self.stated).saturating_sub(self.audit.free_slots)
    }
}

/// Counts until no slot came or went meanwhile, and only the session's own are in use. The session's own thread gives
/// back slots that are kept for the moment: it takes them out of the free ones, and then the system takes them.
fn counts_at_rest(session: &Session, before: LockedMemory, own_slots: u64) -> Result<Counts, Unfit> {
    let mut attempt = 1;
    loop {
        // A removal that found the registry busy is done by the next call that enters the registry: this one.
        let _ = session.health();
        let stated = session.health();
        // Measured before the audit, because the audit wipes and withdraws dirty slots.
        let measured = measure()?.since(before);
        let audit = session.audit();
        let now = session.health();
        let is_same = (now.footprint, now.key_pages) == (stated.footprint, stated.key_pages);
        let counts = Counts { stated, measured, audit };
        let is_at_rest = is_same && counts.slots_in_use() == own_slots;
        if is_at_rest || counts.audit.dirty_slots > 0 || attempt == ATTEMPTS {
            return Ok(counts);
        }
        attempt += 1;
        std::thread::yield_now();
    }
}

/// Checks a session that no thread uses. `before` is what the process had locked without the session. `own_slots` is
/// the number of slots that the new session had: those of its coffer.
pub(super) fn check(
    session: &Session,
    before: LockedMemory,
    own_slots: u64,
    violations: &Violations,
) -> Result<Leftovers, Unfit> {
    let counts = counts_at_rest(session, before, own_slots)?;
    let in_use = counts.slots_in_use();
    let Counts { stated, measured, audit } = counts;
    let degraded = session.health().degraded;
    violations.check(Violation::unless(in_use == own_slots, Guarantee::Wiped, || {
        format!("slots in use at rest: {in_use}, and in the new session: {own_slots}")
    }));
    let registered = stated.registered;
    violations.check(Violation::unless(registered == 0, Guarantee::Wiped, || {
        format!("buffers still registered: {registered}")
    }));
    for (kind, count) in degraded.iter() {
        violations.check(Violation::unless(count == 0 || ORDINARY.contains(&kind), Guarantee::Visible, || {
            format!("{kind} is {count}, and no scenario provokes that")
        }));
    }
    // Two independent counts of dirty pages. The audit looks at free slots. The kernel's view has all slots, of which
    // only the session's own may hold anything (the canary around the key).
    let dirty_pages = audit.dirty_slots.max(measured.not_zero.saturating_sub(own_slots));
    let quiescence = report::Quiescence {
        live_buffers: stated.live_buffers,
        parked: stated.parked,
        handed_over: stated.handed_over,
        dirty_pages,
        locked_bytes_stated: stated.footprint.locked_bytes + stated.key_pages.locked_bytes,
        locked_bytes_measured: measured.bytes,
        mappings_stated: slots(&stated),
        mappings_measured: measured.mappings,
    };
    Ok(Leftovers { quiescence, degraded })
}

/// Closes the session and checks that it leaves no buffers to wipe and no locked memory.
pub(super) fn close(session: Session, before: LockedMemory) -> Result<Result<(), Violation>, Unfit> {
    let (wiped, after) = (session.close(), measure()?);
    let found_none = Violation::unless(wiped == PurgeReport::default(), Guarantee::Wiped, || {
        format!("closing a session without buffers wiped some: {wiped:?}")
    });
    let left_none = Violation::unless(after == before, Guarantee::Wiped, || {
        format!("a closed session left locked memory behind: {after:?}, before it was {before:?}")
    });
    Ok(found_none.and(left_none))
}
