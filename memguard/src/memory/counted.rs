//! Keeps the footprint of a session, whoever maps and unmaps: the pool, or a slot that a panic unwinds over.

use crate::memory::page::{Access, Backend, Mapping, Protection, SystemFault};
use crate::memory::store::dense::Region;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a session's pages amount to, as the session itself keeps count.
///
/// `VmLck` in `/proc/self/status` must equal the sum of `locked_bytes` over all sessions of a process that locks nothing else,
/// and the writable mappings excluded from core dumps (`dd` in `/proc/self/smaps`) their `slots`, as long as each slot has a mapping
/// of its own: beyond 8192 slots, where the system can, 1023 of them share one.
///
/// ```
/// let session = memguard::Session::new()?;
/// let before = session.health().footprint;
/// let _large = session.buffer(1 << 20)?;
/// assert!(session.health().footprint.data_bytes >= before.data_bytes + (1 << 20));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Footprint {
    /// Slots mapped, in use or free. A packed page is one slot, however many secrets are on it.
    pub slots: u64,
    /// Bytes mapped for data, in use or free, guard pages left out.
    pub data_bytes: u64,
    /// Bytes locked into RAM: of these, and of the guards between slots that share a mapping, which the kernel counts too.
    pub locked_bytes: u64,
}

/// A backend that counts what another one has mapped and locked.
#[derive(Debug)]
pub(super) struct Counted {
    inner: Arc<dyn Backend>,
    slots: AtomicU64,
    data_bytes: AtomicU64,
    locked_bytes: AtomicU64,
}

impl Counted {
    pub(super) fn new(inner: Arc<dyn Backend>) -> Self {
        let zero = || AtomicU64::new(0);
        Self { inner, slots: zero(), data_bytes: zero(), locked_bytes: zero() }
    }

    pub(super) fn footprint(&self) -> Footprint {
        Footprint {
            slots: self.slots.load(Ordering::Relaxed),
            data_bytes: self.data_bytes.load(Ordering::Relaxed),
            locked_bytes: self.locked_bytes.load(Ordering::Relaxed),
        }
    }
}

impl Backend for Counted {
    fn renewed(&self) -> Arc<dyn Backend> {
        self.inner.renewed()
    }

    fn page_size(&self) -> usize {
        self.inner.page_size()
    }

    fn map(&self, pages: usize) -> Result<Mapping, SystemFault> {
        let mapping = self.inner.map(pages)?;
        self.slots.fetch_add(1, Ordering::Relaxed);
        self.data_bytes.fetch_add(mapping.len as u64, Ordering::Relaxed);
        Ok(mapping)
    }

    fn lock(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        self.inner.lock(mapping)?;
        self.locked_bytes.fetch_add(mapping.len as u64, Ordering::Relaxed);
        Ok(())
    }

    fn protect(&self, mapping: &Mapping, protection: Protection) -> Result<(), SystemFault> {
        self.inner.protect(mapping, protection)
    }

    fn wipe_on_fork(&self, mapping: &Mapping) -> Result<(), SystemFault> {
        self.inner.wipe_on_fork(mapping)
    }

    fn map_dense(&self) -> Option<Region> {
        let region = self.inner.map_dense()?;
        self.slots.fetch_add(region.cells().into(), Ordering::Relaxed);
        self.data_bytes.fetch_add(region.data_bytes(), Ordering::Relaxed);
        self.locked_bytes.fetch_add(region.len() as u64, Ordering::Relaxed);
        Some(region)
    }

    fn unmap_dense(&self, region: Region) -> Result<(), SystemFault> {
        let (cells, data_bytes, len) = (region.cells(), region.data_bytes(), region.len() as u64);
        self.inner.unmap_dense(region)?;
        self.slots.fetch_sub(cells.into(), Ordering::Relaxed);
        self.data_bytes.fetch_sub(data_bytes, Ordering::Relaxed);
        self.locked_bytes.fetch_sub(len, Ordering::Relaxed);
        Ok(())
    }

    fn unmap(&self, mapping: Mapping) -> Result<(), SystemFault> {
        if mapping.cell.is_some() {
            return self.inner.unmap(mapping);
        }
        let (len, locked) = (mapping.len as u64, mapping.locked);
        self.inner.unmap(mapping)?;
        self.slots.fetch_sub(1, Ordering::Relaxed);
        self.data_bytes.fetch_sub(len, Ordering::Relaxed);
        if locked {
            self.locked_bytes.fetch_sub(len, Ordering::Relaxed);
        }
        Ok(())
    }

    fn wipe(&self, bytes: &mut [u8]) {
        self.inner.wipe(bytes);
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), SystemFault> {
        self.inner.random(bytes)
    }

    fn begin(&self, address: NonNull<u8>, access: Access) {
        self.inner.begin(address, access);
    }

    fn explain(&self, fault: SystemFault, wanted_bytes: usize) -> crate::Error {
        self.inner.explain(fault, wanted_bytes)
    }
}
