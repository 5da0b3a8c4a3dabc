//! The final check of actors: at rest, a purge must reach every buffer that is still alive.

use super::context::RunContext;
use crate::ops::Actor;
use crate::{Guarantee, Violation};

impl RunContext<'_> {
    /// Counts the buffers that the actors still have, purges, and checks that every one of them is gone.
    ///
    /// No worker may run, and the session must have no other buffers. A buffer that the registry has lost, or whose
    /// parked registration was never completed, survives the purge. The purge comes before any other call that would
    /// tidy the registry.
    pub fn final_check(&self, mut actors: Vec<Actor<'_>>) {
        for actor in &mut actors {
            self.violations.check(actor.verify());
        }
        let most: u64 = actors.iter().map(Actor::living).sum();
        let least = most - actors.iter().map(Actor::perhaps_living).sum::<u64>();
        let report = self.session.purge();
        self.tally.purge(&report);
        let is_right = (least..=most).contains(&report.wiped) && (report.handed_over, report.corrupted) == (0, 0);
        self.violations.check(Violation::unless(is_right, Guarantee::Wiped, || {
            format!("a purge at rest reported {report:?}; there were {least} to {most} buffers, none of them in use")
        }));
        for actor in &mut actors {
            self.violations.check(actor.was_purged());
        }
    }
}
