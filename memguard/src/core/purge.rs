//! How secrets end: destroying one buffer, and purging a whole session.

use super::Core;
use crate::core::node::Node;
use crate::core::outcome::{Disposal, PurgeReport};
use crate::sync::Doom;
use crate::sync::atomic::Ordering;
use crate::{Error, Result};
use std::sync::Arc;

impl Core {
    /// Destroys the key and every buffer. COFFER, then BUFFERS, then each buffer.
    ///
    /// The key and the registry's contents change hands as one step. A thread that sees the old key gone finds the old
    /// buffers doomed, and a key that is made later is not touched.
    pub(crate) fn purge(&self) -> PurgeReport {
        let report = self.purge_untold();
        self.counters.tell();
        report
    }

    /// Like [`purge`](Self::purge), but calls no logger. For the way from a signal to the end of the process.
    pub(crate) fn purge_untold(&self) -> PurgeReport {
        let buffers = {
            let mut coffer = self.coffer.for_purge();
            let buffers = self.registry.take_all();
            coffer.destroy_key();
            buffers
        };
        let mut report = PurgeReport::default();
        for (node, doom) in buffers {
            node.lease.wake_refused();
            match self.finish(&node, doom) {
                Ok(Some(Disposal::Wiped)) => report.wiped += 1,
                Ok(Some(Disposal::HandedOver)) => report.handed_over += 1,
                Ok(None) => {}
                Err(_) => report.corrupted += 1,
            }
        }
        self.counters.purges.bump();
        report
    }

    /// Refuses everything from now on, and wipes what there is.
    pub(crate) fn end(&self) -> PurgeReport {
        self.ended.store(true, Ordering::Release);
        let report = self.purge();
        self.pool.close();
        self.counters.tell();
        report
    }

    /// Destroys a buffer. `None` if it is destroyed already.
    pub(crate) fn dispose(&self, node: &Arc<Node>) -> Result<Option<Disposal>> {
        self.check_process()?;
        let disposal = self.finish(node, node.lease.doom());
        self.counters.tell();
        disposal
    }

    /// Does what is left to do after the node was doomed.
    fn finish(&self, node: &Arc<Node>, doom: Doom) -> Result<Option<Disposal>> {
        match doom {
            Doom::Already => Ok(None),
            Doom::Wipe => {
                // SAFETY: the lease made this thread the wiper.
                unsafe { self.retire(node) }?;
                Ok(Some(Disposal::Wiped))
            }
            Doom::HandedOver => {
                self.counters.note(|counters| &counters.handed_over_wipes);
                self.counters.awaiting_handover.bump();
                Ok(Some(Disposal::HandedOver))
            }
        }
    }

    /// Wipes a buffer that was destroyed during an access.
    ///
    /// # Safety
    /// As [`retire`](Self::retire).
    pub(crate) unsafe fn retire_handed_over(&self, node: &Arc<Node>) -> Result<()> {
        // SAFETY: the caller's promise.
        let result = unsafe { self.retire(node) };
        self.counters.awaiting_handover.take_back();
        self.counters.tell();
        result
    }

    /// Wipes a buffer, gives its pages back and takes it out of the registry.
    ///
    /// # Safety
    /// The lease must have made this thread the wiper of the node.
    unsafe fn retire(&self, node: &Arc<Node>) -> Result<()> {
        // SAFETY: the caller's promise.
        let slot = unsafe { node.take_slot(&self.counters) };
        let result = slot.map_or(Ok(()), |slot| self.pool.retire(slot).map_err(Error::from));
        self.counters.live_buffers.take_back();
        self.registry.remove(node);
        result
    }
}
