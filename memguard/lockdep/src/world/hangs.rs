//! Cycles that order kept from hanging, until threads sleep in them.

use super::reports::tell;
use super::state::ORDERED;
use super::state::inside;
use crate::graph::cycle::Cycle;
use crate::graph::cycle::Grade;
use crate::report::Report;
use std::sync::atomic::Ordering;

/// To be called by a thread that is going to sleep. Order kept a cycle from hanging, and does so no more if each thread
/// sleeps where the cycle says.
#[inline]
pub(crate) fn falls_asleep() {
    if ORDERED.load(Ordering::Relaxed) {
        look_for_hangs();
    }
}

#[cold]
fn look_for_hangs() {
    let reports = inside(|world| {
        let come_true: Vec<Cycle> = world.ordered.iter().filter(|cycle| world.has_come_true(cycle)).cloned().collect();
        let as_deadlock = |cycle| Report::of(&Cycle { grade: Grade::Deadlock, ..cycle });
        come_true.into_iter().filter_map(|cycle| world.report(as_deadlock(cycle))).collect::<Vec<_>>()
    });
    tell(reports);
}
