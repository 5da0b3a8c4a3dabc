//! The rekey thread: splits the key anew at an interval, so that no half stays in memory for long.

use super::Core;
use crate::sync::{Class, OnDrop, Site, Ticker, WaitPoint, impl_drop};
use crate::{Error, Rekey, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// One step, with its failures counted.
pub(crate) fn step(core: &Core) -> Result<Rekey> {
    core.check_running()?;
    let result = core.coffer.rekey(core.pool.backend());
    core.counters.tell();
    result.inspect_err(|error| {
        core.counters.rekeys_failed.bump();
        log::warn!("a rekey failed and the old split stays in force: {error}");
    })
}

/// The thread. Dropping it stops it and waits for its end.
#[derive(Debug)]
pub(crate) struct RekeyThread {
    ticker: Ticker,
    end: WaitPoint,
}

impl RekeyThread {
    pub(crate) fn start(core: Arc<Core>, interval: Duration) -> Result<Self> {
        let tick = move || {
            // A panic here is a bug in this library. The coffer checks itself after one; the thread must not die of it.
            if catch_unwind(AssertUnwindSafe(|| step(&core))).is_err() {
                core.counters.rekeys_failed.bump();
                log::error!("a rekey panicked; the coffer is checked before its next use");
            }
        };
        let ticker = Ticker::start("memguard-rekey", interval, tick).map_err(|error| Error::System {
            call: "clone (the rekey thread)",
            errno: error.raw_os_error().unwrap_or_default(),
        })?;
        Ok(Self { ticker, end: WaitPoint::new(Class::RekeyThread) })
    }
}

impl OnDrop for RekeyThread {
    fn on_drop(&mut self) {
        let ended_well = self.end.wait(Site::SessionJoin, || self.ticker.stop_and_join());
        if !ended_well {
            log::error!("the rekey thread died of a panic outside its step");
        }
    }
}

impl_drop!(RekeyThread);
