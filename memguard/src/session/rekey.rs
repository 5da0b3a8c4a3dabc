//! The rekey thread: splits the key anew at an interval, so that no half stays in memory for long.

use crate::core::{Core, Rekey, tell};
use crate::sync::{Class, OnDrop, Site, Ticker, WaitPoint, impl_drop};
use crate::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// One step, with its failures counted.
pub(super) fn step(core: &Core) -> Result<Rekey> {
    core.check_running()?;
    let result = core.coffer.rekey(core.pool.backend());
    if result.is_err() {
        core.counters.note(|counters| &counters.rekeys_failed);
    }
    core.counters.tell();
    result
}

/// The thread. Dropping it stops it and waits for its end.
#[derive(Debug)]
pub(super) struct RekeyThread {
    ticker: Ticker,
    end: WaitPoint,
}

impl RekeyThread {
    pub(super) fn start(core: Arc<Core>, interval: Duration) -> Result<Self> {
        let tick = move || {
            // A panic here is a bug of this library. The thread must not die of it, and the coffer checks itself
            // afterwards.
            if catch_unwind(AssertUnwindSafe(|| step(&core))).is_err() {
                core.counters.note(|counters| &counters.rekeys_failed);
                tell::rekey_panicked();
                core.counters.tell();
            }
        };
        let ticker = Ticker::start("memguard-rekey", interval, tick)
            .map_err(|error| Error::System { call: "clone (the rekey thread)", source: error.into() })?;
        Ok(Self { ticker, end: WaitPoint::new(Class::RekeyThread) })
    }
}

impl OnDrop for RekeyThread {
    fn on_drop(&mut self) {
        let ended_well = self.end.wait(Site::SessionJoin, || self.ticker.stop_and_join());
        if !ended_well {
            tell::rekey_thread_died();
        }
    }
}

impl_drop!(RekeyThread);
