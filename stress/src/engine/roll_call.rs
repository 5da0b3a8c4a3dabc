//! The roll call: when all is quiet, every buffer that is still there must be within the reach of a purge.

use super::stage::Stage;
use crate::ops::Actor;
use crate::{Guarantee, Violation};

impl Stage<'_> {
    /// Counts the buffers that the actors still have, purges, and looks at each of them.
    ///
    /// Nobody may be at work, and the session must have no other buffers. A buffer that the registry has forgotten, or that
    /// never came out of its parking place, is alive after the purge. The purge comes before anything else that would tidy
    /// the registry up.
    pub fn roll_call(&self, mut actors: Vec<Actor<'_>>) {
        for actor in &mut actors {
            self.judge(actor.verify());
        }
        let living: u64 = actors.iter().map(Actor::living).sum();
        let report = self.session().purge();
        self.tally().purge(&report);
        if (report.wiped, report.handed_over, report.corrupted) != (living, 0, 0) {
            let message =
                format!("a purge at rest found {report:?}, and there were {living} buffers, none of them in use");
            self.judge(Err(Violation::new(Guarantee::Wiped, message)));
        }
        for actor in &mut actors {
            self.judge(actor.was_purged());
        }
    }

    fn judge(&self, judgement: Result<(), Violation>) {
        if let Err(violation) = judgement {
            self.findings().add(violation);
        }
    }
}
