//! The core: what a session's handles share. A handle keeps it alive; nothing in it refers back to a handle or to itself.

mod coffer;
mod counters;
mod node;
mod registry;
pub(crate) mod tell;

pub use coffer::Rekey;
pub use counters::Degraded;

pub(crate) use counters::Counters;
pub(crate) use node::Node;
pub(crate) use registry::Moment;

use crate::crypto::KEY_LEN;
use crate::memory::{Audit, MemoryError, Pool, Scratch};
use crate::session::{Health, SessionBuilder};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Doom, Process};
use crate::{Error, Result};
use coffer::{Coffer, KeyId};
use registry::Registry;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

/// How a buffer's bytes end.
///
/// ```
/// use memguard::{Buffer, Disposal};
/// let buffer = Buffer::new(8)?;
/// let disposal = buffer.with_data(|_| buffer.destroy())??;
/// assert_eq!(disposal, Disposal::HandedOver, "this thread was inside, and wiped as it left");
/// assert_eq!(Buffer::new(8)?.destroy()?, Disposal::Wiped);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a buffer in use is not wiped yet: check for HandedOver"]
pub enum Disposal {
    /// They are zero now.
    Wiped,
    /// Somebody is inside. No new access starts, and the last thread to leave wipes.
    HandedOver,
}

/// What came of a purge. Everything counted here can no longer be accessed anew.
///
/// ```
/// let session = memguard::Session::new()?;
/// let (used, _unused) = (session.buffer(8)?, session.buffer(8)?);
/// let report = used.with_data(|_| session.purge())?;
/// assert_eq!((report.wiped, report.handed_over, report.corrupted), (1, 1, 0));
/// # Ok::<(), memguard::Error>(())
/// ```
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
    /// The process it was made in. Another one only holds a copy, which threads that it does not have may have been changing
    /// when the copy was made: nothing in it is used, not even to drop it.
    process: Process,
    pub(crate) registry: ManuallyDrop<Registry>,
    pub(crate) coffer: ManuallyDrop<Coffer>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) pool: ManuallyDrop<Pool>,
    acquire_timeout: Duration,
    stream_chunk: usize,
    ended: AtomicBool,
}

impl Core {
    pub(crate) fn new(builder: &SessionBuilder) -> Result<Self> {
        if builder.forbid_core_dumps {
            crate::memory::forbid_core_dumps().map_err(MemoryError::from)?;
        }
        let counters = Arc::new(Counters::default());
        let core = Self::with(builder, Arc::clone(&counters));
        counters.tell();
        core
    }

    fn with(builder: &SessionBuilder, counters: Arc<Counters>) -> Result<Self> {
        let (backend, memory) = (Arc::clone(&builder.backend), Arc::clone(&counters.memory));
        let pool = Pool::new(backend, builder.mlock, builder.isolation, builder.pool_pages, memory)?;
        Ok(Self {
            process: Process::current(),
            registry: ManuallyDrop::new(Registry::new(Arc::clone(&counters))),
            coffer: ManuallyDrop::new(Coffer::new(&pool, Arc::clone(&counters))?),
            counters,
            pool: ManuallyDrop::new(pool),
            acquire_timeout: builder.acquire_timeout,
            stream_chunk: builder.stream_chunk,
            ended: AtomicBool::new(false),
        })
    }

    /// Copies the key into a locked slot of the caller's. With `wanted`, only that very key.
    pub(crate) fn view_key(&self, wanted: Option<KeyId>) -> Result<(KeyId, PrivateSlot<'_>)> {
        let mut key = self.scratch(KEY_LEN)?;
        let result = self.coffer.view(wanted, self.acquire_timeout, self.pool.backend(), &mut key);
        self.counters.tell();
        Ok((result?, key))
    }

    /// A slot for the library's own use, wiped when it is dropped.
    pub(crate) fn scratch(&self, len: usize) -> Result<PrivateSlot<'_>> {
        let slot = self.pool.scratch(len);
        let slot = slot.inspect_err(|_| self.counters.tell())?;
        Ok(PrivateSlot { slot: Some(slot), counters: &self.counters })
    }

    /// Looks at every byte of everything that is free.
    pub(crate) fn audit(&self) -> Audit {
        let audit = self.pool.audit();
        self.counters.tell();
        audit
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    pub(crate) fn stream_chunk(&self) -> usize {
        self.stream_chunk
    }

    /// Whether it belongs to this process, and not to one that this process was forked from.
    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        self.process.is_current()
    }

    #[inline]
    pub(crate) fn check_process(&self) -> Result<()> {
        if self.is_here() { Ok(()) } else { Err(Error::Forked) }
    }

    pub(crate) fn check_running(&self) -> Result<()> {
        self.check_process()?;
        if self.ended.load(Ordering::Acquire) { Err(Error::SessionEnded) } else { Ok(()) }
    }

    /// Destroys the key and every buffer. COFFER, then BUFFERS, then each buffer; the key and the registry's contents change
    /// hands as one step: whoever sees the old key gone finds the old buffers doomed, and a key made later is not touched.
    pub(crate) fn purge(&self) -> PurgeReport {
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
        self.counters.tell();
        report
    }

    /// Destroys a buffer in one of the two ways, or finds it destroyed (`None`).
    pub(crate) fn dispose(&self, node: &Arc<Node>) -> Result<Option<Disposal>> {
        self.check_process()?;
        let disposal = self.finish(node, node.lease.doom());
        self.counters.tell();
        disposal
    }

    /// Does what dooming the node has left to do.
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

    /// Wipes a buffer that was destroyed while somebody was inside.
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

    /// Refuses everything from now on, and wipes what there is.
    pub(crate) fn end(&self) -> PurgeReport {
        self.ended.store(true, Ordering::Release);
        let report = self.purge();
        self.pool.close();
        self.counters.tell();
        report
    }

    pub(crate) fn health(&self) -> Health {
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

impl Drop for Core {
    fn drop(&mut self) {
        if !self.is_here() {
            return;
        }
        // SAFETY: each is dropped once, here, and not used afterwards. The coffer's slots return to the backend, not the pool.
        unsafe {
            ManuallyDrop::drop(&mut self.registry);
            ManuallyDrop::drop(&mut self.coffer);
            ManuallyDrop::drop(&mut self.pool);
        }
        self.counters.tell();
    }
}

/// A slot in private use. What its end makes of degraded outcomes is told.
#[derive(Debug)]
pub(crate) struct PrivateSlot<'c> {
    /// `None` only while dropping.
    slot: Option<Scratch<'c>>,
    counters: &'c Counters,
}

impl Deref for PrivateSlot<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.slot.as_deref().unwrap_or_default()
    }
}

impl DerefMut for PrivateSlot<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.slot.as_deref_mut().unwrap_or_default()
    }
}

impl Drop for PrivateSlot<'_> {
    fn drop(&mut self) {
        drop(self.slot.take());
        self.counters.tell();
    }
}
