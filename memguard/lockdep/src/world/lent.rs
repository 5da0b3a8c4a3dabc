//! Locks that are released for others, or under which others worked.

use super::reports::tell;
use super::state::inside;
use crate::threads::record::Record;

/// Notes that this thread released a lock that it does not hold: another thread had taken it. That thread finds out
/// when it next asks for a lock while it holds one, because every chain is new to it then.
#[cold]
pub(crate) fn released_for_another(record: &'static Record, instance: u64) {
    let reports = inside(|world| {
        // A lock that made way for others is held by nobody.
        let Some(holder) = world.records.iter().copied().find(|record| world.holds(record, instance)) else {
            return Vec::new();
        };
        world.released.push((holder.index, instance));
        holder.outdate();
        let now = world.stretch_with_a_release(record);
        let ended = world.graph.loans.release(holder.number(), instance, &now);
        world.look_at_loans(&ended)
    });
    tell(reports);
}

/// This thread has released a lock that others worked under, or may have.
pub(crate) fn end_loans(record: &'static Record) {
    let reports = inside(|world| {
        let now = world.stretch_with_a_release(record);
        let held = record.snapshot();
        let ended = world.graph.loans.keep(&held, &now);
        record.watch(world.graph.loans.depth(&held, now.thread()));
        world.look_at_loans(&ended)
    });
    tell(reports);
}
