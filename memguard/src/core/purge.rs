//! How secrets end: destroying one buffer, and purging a whole session.

use super::Core;
use crate::core::node::Node;
use crate::core::outcome::{Disposal, PurgeReport};
use crate::memory::Spare;
use crate::sync::atomic::Ordering;
use crate::sync::{Doom, contain};
use crate::{Error, Result};
use std::sync::Arc;

impl Core {
    /// Destroys the key and every buffer. COFFER, then BUFFERS, then each buffer.
    ///
    /// The key and the registry's contents change hands as one step. A thread that sees the old key gone finds the old
    /// buffers doomed, and a key that is made later is not touched.
    pub(crate) fn purge(&self) -> PurgeReport {
        let _door = self.door();
        self.purge_untold()
    }

    /// Like [`purge`](Self::purge), but calls no logger. For the way from a signal to the end of the process.
    pub(crate) fn purge_untold(&self) -> PurgeReport {
        let wiper = self.wipers.note();
        let (mut next, gone) = {
            let mut coffer = self.coffer.for_purge();
            let (count, first, gone) = self.registry.doom_all();
            self.counters.uses().doomed.add(count);
            coffer.destroy_key();
            (first, gone)
        };
        drop(gone);
        let mut report = PurgeReport::default();
        // Purges at the same time share the buffers. So each returns when all are wiped, but for those that another
        // thread wipes at that moment.
        while let Some(doomed) = next {
            let node = &doomed.node;
            node.lease.wake_refused();
            match contain(|| self.finish(node, node.link.noted(), Spare::KeepForNow)) {
                Some(Ok(Some(Disposal::Wiped))) => report.wiped += 1,
                Some(Ok(Some(Disposal::HandedOver))) => report.handed_over += 1,
                Some(Ok(None)) => {}
                Some(Err(Error::Unwiped)) => report.failed += 1,
                Some(Err(_)) => report.corrupted += 1,
                // A bug of this library. The buffer stays pending, and the others are wiped.
                None => {}
            }
            next = self.registry.next_doomed(&doomed);
        }
        let shown = self.counters.shown();
        self.counters.note_many(|counters| &counters.handed_over_wipes, shown);
        report.handed_over += shown;
        // Its slots are kept for the moment. The rekey thread may have come before the last of them was.
        self.coffer.wish().want();
        self.counters.purges.bump();
        drop(wiper);
        // In this order: if a secret is pending, its wiper was there before.
        let thread = self.wipers.any();
        report.pending = self.counters.pending();
        report.pending_thread = thread.filter(|_| report.pending > 0);
        report
    }

    /// Refuses everything from now on, and wipes what there is.
    pub(crate) fn end(&self) -> PurgeReport {
        let _door = self.door();
        self.ended.store(true, Ordering::Release);
        let report = self.purge();
        self.pool.close();
        report
    }

    /// Destroys a buffer. `None` if it is destroyed already.
    pub(crate) fn dispose(&self, node: &Arc<Node>) -> Result<Option<Disposal>> {
        self.check_process()?;
        let _wiper = self.wipers.note();
        self.counters.uses().doomed.bump();
        let doom = node.lease.doom();
        if doom == Doom::Already {
            self.counters.uses().doomed.take_back();
        }
        let disposal = self.finish(node, doom, Spare::GiveBack);
        self.tell();
        disposal
    }

    /// Does what is left to do after the node was doomed.
    fn finish(&self, node: &Arc<Node>, doom: Doom, spare: Spare) -> Result<Option<Disposal>> {
        match doom {
            Doom::Already => Ok(None),
            Doom::Wipe => {
                // SAFETY: the lease made this thread the wiper.
                let wiped = unsafe { self.retire(node, spare) };
                if node.copies.outlive_the_buffer() {
                    let handed_over = self.hand_over();
                    return wiped.map(|()| Some(handed_over));
                }
                self.counters.uses().wiped.bump();
                wiped.map(|()| Some(Disposal::Wiped))
            }
            Doom::HandedOver => Ok(Some(self.hand_over())),
        }
    }

    fn hand_over(&self) -> Disposal {
        self.counters.note(|counters| &counters.handed_over_wipes);
        self.counters.awaiting_handover.bump();
        Disposal::HandedOver
    }

    /// Wipes a buffer that was destroyed during an access.
    ///
    /// # Safety
    /// As [`retire`](Self::retire).
    pub(crate) unsafe fn retire_handed_over(&self, node: &Arc<Node>) -> Result<()> {
        let _wiper = self.wipers.note();
        // SAFETY: the caller's promise.
        let result = unsafe { self.retire(node, Spare::GiveBack) };
        if !node.copies.outlive_the_buffer() {
            self.end_hand_over();
        }
        result
    }

    /// A copy of the bytes is zero now. It is the last thing left of a buffer that was destroyed meanwhile.
    pub(crate) fn copy_wiped(&self, node: &Node) {
        if node.copies.end() {
            self.end_hand_over();
        }
    }

    fn end_hand_over(&self) {
        self.counters.awaiting_handover.take_back();
        self.counters.uses().wiped.bump();
    }

    /// Wipes a buffer, gives its pages back and takes it out of the registry.
    ///
    /// # Safety
    /// The lease must have made this thread the wiper of the node.
    unsafe fn retire(&self, node: &Arc<Node>, spare: Spare) -> Result<()> {
        // SAFETY: the caller's promise.
        let slot = unsafe { node.take_slot() };
        let result = slot.map_or(Ok(()), |slot| self.pool.retire(slot, spare).map_err(Error::from));
        self.registry.remove(node);
        result
    }
}
