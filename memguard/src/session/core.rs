//! The core: what a session's handles share. A handle keeps it alive; nothing in it refers back to a handle or to itself.

use super::builder::SessionBuilder;
use super::health::{Counters, Health};
use crate::buffer::{Buffer, Node};
use crate::coffer::{Coffer, KeyId};
use crate::crypto::KEY_LEN;
use crate::memory::{Pool, Scratch};
use crate::registry::Registry;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::{Error, Result};
use std::sync::Arc;
use std::time::Duration;

/// What came of a purge. Everything counted here can no longer be accessed anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurgeReport {
    /// Buffers that are zero now.
    pub wiped: u64,
    /// Buffers in use: the last thread to leave each of them wipes it.
    pub handed_over: u64,
    /// Buffers around which memory had been overwritten. They are zero now, and their pages withdrawn.
    pub corrupted: u64,
}

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) registry: Registry,
    pub(crate) coffer: Coffer,
    pub(crate) counters: Arc<Counters>,
    pub(crate) pool: Pool,
    acquire_timeout: Duration,
    ended: AtomicBool,
}

impl Core {
    pub(super) fn new(builder: &SessionBuilder) -> Result<Self> {
        let counters = Arc::new(Counters::default());
        let backend = Arc::clone(&builder.backend);
        let pool = Pool::new(backend, builder.mlock, builder.pool_pages, Arc::clone(&counters))?;
        Ok(Self {
            registry: Registry::new(Arc::clone(&counters)),
            coffer: Coffer::new(&pool, Arc::clone(&counters))?,
            counters,
            pool,
            acquire_timeout: builder.acquire_timeout,
            ended: AtomicBool::new(false),
        })
    }

    /// Copies the key into a locked slot of the caller's. With `wanted`, only that very key.
    pub(crate) fn view_key(&self, wanted: Option<KeyId>) -> Result<(KeyId, Scratch<'_>)> {
        let mut key = self.pool.scratch(KEY_LEN)?;
        let result = self.coffer.view(wanted, self.acquire_timeout, self.pool.backend(), &mut key);
        self.counters.tell();
        Ok((result?, key))
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    /// A registered buffer of zeros.
    pub(crate) fn new_buffer(self: &Arc<Self>, len: usize) -> Result<Buffer> {
        self.check_running()?;
        let slot = self.pool.take(len)?;
        let node = Arc::new(Node::new(slot, len));
        let buffer = Buffer { node: Arc::clone(&node), core: Arc::clone(self) };
        self.counters.live_buffers.bump();
        self.registry.add(node);
        self.counters.tell();
        // A session that ended since the first look may have purged before this buffer was there to be found.
        self.check_running()?;
        Ok(buffer)
    }

    pub(crate) fn check_running(&self) -> Result<()> {
        if self.ended.load(Ordering::Acquire) { Err(Error::SessionEnded) } else { Ok(()) }
    }

    /// Destroys the key and every buffer. COFFER, then BUFFERS, then each buffer; the key and the registry's contents change
    /// hands as one step: whoever sees the old key gone finds the old buffers taken, and a key made later is not touched.
    pub(crate) fn purge(&self) -> PurgeReport {
        let buffers = {
            let mut coffer = self.coffer.for_purge();
            let buffers = self.registry.take_all();
            coffer.destroy_key();
            buffers
        };
        let mut report = PurgeReport::default();
        for node in buffers {
            match self.dispose(&node) {
                Ok(Some(crate::Disposal::Wiped)) => report.wiped += 1,
                Ok(Some(crate::Disposal::HandedOver)) => report.handed_over += 1,
                Ok(None) => {}
                Err(_) => report.corrupted += 1,
            }
        }
        self.counters.purges.bump();
        self.counters.tell();
        report
    }

    /// Refuses everything from now on, and wipes what there is.
    pub(super) fn end(&self) -> PurgeReport {
        self.ended.store(true, Ordering::Release);
        let report = self.purge();
        self.pool.close();
        report
    }

    pub(super) fn health(&self) -> Health {
        let counters = &self.counters;
        let (registered, parked) = self.registry.count();
        Health {
            live_buffers: counters.live_buffers.get(),
            registered,
            parked,
            handed_over: counters.awaiting_handover.get(),
            footprint: self.pool.footprint(),
            rekeys: counters.rekeys.get(),
            purges: counters.purges.get(),
            degraded: counters.degraded(),
        }
    }
}
