//! The rekey thread: splits the key anew at an interval, so that no half stays in memory for long, and gives back the
//! slots that a purge kept. It runs no code of others, so waiting for its end is waiting for one step at most.

use crate::core::{Core, Rekey};
use crate::sync::{Class, OnDrop, ShardArc, Site, Ticker, WaitPoint, contain, impl_drop};
use crate::{Error, Result, clear};
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

/// The thread. Dropping it stops it and waits for its end.
#[derive(Debug)]
pub(super) struct RekeyThread {
    ticker: Ticker,
    end: WaitPoint,
}

impl RekeyThread {
    pub(super) fn start(core: ShardArc<Core>, interval: Duration) -> Result<Self> {
        let tick = move || {
            // A panic here is a bug of this library. The thread must not die of it, and the coffer checks itself
            // afterwards.
            if contain(|| step(&core)).is_none() {
                core.counters.note(|counters| &counters.rekeys_failed);
            }
            // If it panics, it tries again at the next tick.
            let _ = contain(|| core.pool.give_back_surplus());
        };
        let ticker = Ticker::start("memguard-rekey", interval, tick)
            .map_err(|error| Error::System { call: "pthread_create (the rekey thread)", source: error.into() })?;
        Ok(Self { ticker, end: WaitPoint::new(Class::RekeyThread) })
    }
}

impl OnDrop for RekeyThread {
    fn on_drop(&mut self) {
        self.end.wait(Site::SessionJoin, || self.ticker.stop_and_join());
    }
}

impl_drop!(RekeyThread);
