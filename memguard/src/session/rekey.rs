//! The rekey thread: splits the keys of all sessions anew, each at its interval, so that no half stays in memory for
//! long, and gives back the slots that a purge kept. The process has one. It runs no code of others, so waiting for it
//! is waiting for one step at most.

use crate::core::{Core, Rekey};
use crate::sync::{
    Class, OnDrop, Process, ShardArc, Site, Visited, WaitPoint, Wish, contain, end_visits, impl_drop, visit_at_interval,
};
use crate::{Error, Result, clear};
use std::sync::Arc;
use std::time::Duration;

/// One step, with its failures counted. A public call logs them later.
pub(super) fn step(core: &Core) -> Result<Rekey> {
    core.check_running()?;
    let result = clear::after_cipher(|| core.coffer.rekey(core.pool.backend()));
    if result.is_err() {
        core.counters.note(|counters| &counters.rekeys_failed);
    }
    result
}

/// What the rekey thread does for a session. If nothing wants the visit, no purge came since the last one.
fn tick(core: &Core, is_wanted: bool) {
    // A panic here is a bug of this library. The thread must not die of it, and the coffer checks itself afterwards.
    match contain(|| step(core)) {
        Some(Ok(Rekey::Done | Rekey::NoKey)) => {}
        // The thread comes again at the next interval, even if nothing uses the key until then.
        Some(Ok(Rekey::Skipped) | Err(_)) => core.coffer.wish().want(),
        None => {
            core.counters.note(|counters| &counters.rekeys_failed);
            core.coffer.wish().want();
        }
    }
    if is_wanted && contain(|| core.pool.give_back_surplus()) != Some(true) {
        core.coffer.wish().want();
    }
}

/// The visits of the rekey thread to one session. Dropping this ends them. No step of the session's key runs then, and
/// the thread has no core of it.
#[derive(Debug)]
pub(super) struct RekeyVisits {
    core: Arc<Visited<ShardArc<Core>>>,
    wish: Arc<Wish>,
    end: WaitPoint,
    process: Process,
}

impl RekeyVisits {
    pub(super) fn start(core: ShardArc<Core>, interval: Duration) -> Result<Self> {
        let wish = Arc::clone(core.coffer.wish());
        let core = Arc::new(Visited::new(core));
        let visited = Arc::clone(&core);
        visit_at_interval("memguard-rekey", interval, Arc::clone(&wish), move |is_wanted| {
            visited.visit(|core| tick(core, is_wanted));
        })
        .map_err(|error| Error::System { call: "pthread_create (the rekey thread)", source: error.into() })?;
        Ok(Self { core, wish, end: WaitPoint::new(Class::RekeyThread), process: Process::current() })
    }
}

impl OnDrop for RekeyVisits {
    fn on_drop(&mut self) {
        // A forked child inherits the value, and its state as of the fork, but not the thread.
        if self.process.is_current() {
            end_visits(&self.wish);
            drop(self.end.wait(Site::SessionJoin, || self.core.end()));
        }
    }
}

impl_drop!(RekeyVisits);
