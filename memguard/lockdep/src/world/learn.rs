//! What a thread has to tell when it wants a lock.

use super::reports::tell;
use super::state::inside;
use crate::asks;
use crate::mode::Wait;
use crate::place::Place;
use crate::threads::record::Record;
use crate::word::Word;
use std::mem;

/// Learns that this thread, with all that it holds, wants a lock. `upgrades` says that it holds the lock already and
/// wants to be the only one that does. Returns whether the thread need not tell that again.
#[cold]
pub(crate) fn learn(record: &'static Record, wanted: Word, place: Place, wait: Wait, upgrades: bool) -> bool {
    learn_numbered(record, wanted, place, wait, upgrades, (0, 0))
}

/// The same for a thing of a channel.
pub(super) fn learn_numbered(
    record: &'static Record,
    wanted: Word,
    place: Place,
    wait: Wait,
    upgrades: bool,
    takes: (u64, u64),
) -> bool {
    let Some(wanted) = wanted.at(place) else { return true };
    let (learns, is_known) = asks::tell(record, wanted, wait);
    if !learns {
        return is_known;
    }
    let reports = inside(|world| {
        let mut reports = mem::take(&mut world.untold);
        reports.extend(world.learn(record, &record.snapshot(), wanted, wait, upgrades, takes));
        reports
    });
    tell(reports);
    is_known
}

/// Learns that this thread could have released a lock, waited for an event, and taken the lock again. Returns whether
/// it need not tell that again.
#[cold]
pub(crate) fn learn_possible_wait(record: &'static Record, lock: Word, event: Word, place: Place, wait: Wait) -> bool {
    let (Some(lock), Some(event)) = (lock.at(place), event.at(place)) else { return true };
    let (learns, is_known) = asks::tell(record, event, wait);
    if learns {
        let reports = inside(|world| {
            let mut held = record.snapshot();
            held.retain(|held| held.instance != lock.instance);
            let mut reports = world.learn(record, &held, event, wait, false, (0, 0));
            reports.extend(world.learn(record, &held, lock, Wait::Block, false, (0, 0)));
            let now = world.stretch_with_a_release(record);
            let ended = world.graph.loans.release(record.number(), lock.instance, &now);
            reports.extend(world.look_at_loans(&ended));
            reports
        });
        tell(reports);
    }
    is_known
}

/// Learns that this thread wants to be the only holder of a lock that has readers.
#[cold]
pub(crate) fn learn_writer(record: &'static Record, lock: Word, place: Place) {
    let Some(lock) = lock.at(place) else { return };
    let reports = inside(|world| {
        record.set_news(true);
        let thread = world.thread(record);
        thread.past.in_use = true;
        let moment = thread.moment.clone();
        let class = lock.class.index;
        let mut held = record.snapshot();
        held.retain(|held| !held.class.kind().is_event() && held.instance != lock.instance);
        // Until the class nests, one write of a thread stands for its writes of all locks of the class.
        let instance = lock.class.nests().then_some(lock.instance);
        if !world.graph.add_writer(class, instance, &moment, held) {
            return Vec::new();
        }
        let mut reports = Vec::new();
        for context in world.lack_writers.remove(&class).unwrap_or_default() {
            reports.extend(world.reports_through(&context));
        }
        for context in world.read_twice.remove(&class).unwrap_or_default() {
            reports.extend(world.taken_twice(context));
        }
        reports
    });
    tell(reports);
}
