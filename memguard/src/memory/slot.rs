//! A slot: the pages of one secret, with its canary.

use super::backend::{Access, Backend, Mapping, Protection, SystemFault};
use std::fmt;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;

/// The random bytes that fill what a secret leaves free of its pages. One per session.
#[derive(Default)]
pub(crate) struct Canary(pub(crate) [u8; 32]);

impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canary(..)")
    }
}

/// Pages that hold one secret. The owner of the slot owns the bytes.
#[derive(Debug)]
pub(crate) struct Slot {
    /// `None` only after [`into_mapping`](Self::into_mapping) took it.
    mapping: Option<Mapping>,
    base: NonNull<u8>,
    pages_len: usize,
    data: Range<usize>,
    writable: bool,
    backend: Arc<dyn Backend>,
}

// SAFETY: the pages belong to the slot alone, and nothing about them belongs to a thread.
unsafe impl Send for Slot {}
// SAFETY: `&Slot` only reads the bytes.
unsafe impl Sync for Slot {}

impl Slot {
    /// Lays out `len` bytes at the right end of writable, zeroed pages and fills the rest with the canary.
    ///
    /// `len` must be at least 1 and fit the mapping.
    pub(super) fn new(mapping: Mapping, len: usize, canary: &Canary, backend: Arc<dyn Backend>) -> Self {
        let (base, pages_len) = (mapping.base, mapping.len);
        let data = pages_len - len..pages_len;
        let mut slot = Self { mapping: Some(mapping), base, pages_len, data, writable: true, backend };
        let pad = slot.data.start;
        for chunk in slot.pages_mut()[..pad].chunks_mut(canary.0.len()) {
            chunk.copy_from_slice(&canary.0[..chunk.len()]);
        }
        slot
    }

    /// Where the data starts. Stays valid while the slot lives.
    pub(crate) fn data_ptr(&self) -> NonNull<u8> {
        // SAFETY: `data` lies inside the pages.
        unsafe { self.base.add(self.data.start) }
    }

    /// The secret.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.begin(Access::Read);
        // SAFETY: the pages are mapped and readable while the slot lives, and `&self` keeps writers away.
        unsafe { std::slice::from_raw_parts(self.data_ptr().as_ptr(), self.data.len()) }
    }

    /// The secret, to write. The slot must not be frozen.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        let data = self.data.clone();
        &mut self.pages_mut()[data]
    }

    fn begin(&self, access: Access) {
        self.backend.begin(self.base, access);
    }

    /// Makes the pages read-only in hardware.
    pub(crate) fn freeze(&mut self) -> Result<(), SystemFault> {
        self.protect(Protection::Read)
    }

    /// Makes the pages writable.
    pub(crate) fn melt(&mut self) -> Result<(), SystemFault> {
        self.protect(Protection::ReadWrite)
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.writable
    }

    fn protect(&mut self, protection: Protection) -> Result<(), SystemFault> {
        let writable = protection == Protection::ReadWrite;
        if self.writable != writable {
            if let Some(mapping) = &self.mapping {
                self.backend.protect(mapping, protection)?;
            }
            self.writable = writable;
        }
        Ok(())
    }

    /// Whether the bytes around the data are as they were laid out.
    pub(super) fn canary_intact(&self, canary: &Canary) -> bool {
        self.begin(Access::Read);
        // SAFETY: the pages are mapped and readable while the slot lives, and `&self` keeps writers away.
        let pad = unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.data.start) };
        // Not constant-time on purpose: the canary guards against stray writes and is of no use to who can already read it.
        pad.chunks(canary.0.len()).all(|chunk| chunk == &canary.0[..chunk.len()])
    }

    /// Overwrites all pages with zeros. Returns `false` if they could not be made writable for that.
    pub(super) fn wipe(&mut self) -> bool {
        // A refusal may pass (the kernel was short of memory for a moment), and a secret is worth a second attempt.
        let writable = self.melt().is_ok() || self.melt().is_ok();
        if writable {
            let backend = Arc::clone(&self.backend);
            backend.wipe(self.pages_mut());
        }
        writable
    }

    /// Gives the pages up, as they are. `None` never comes back: only this call takes them, and it takes the slot with it.
    pub(super) fn into_mapping(mut self) -> Option<Mapping> {
        self.mapping.take()
    }

    fn pages_mut(&mut self) -> &mut [u8] {
        self.begin(Access::Write);
        // SAFETY: the pages are mapped while the slot lives and writable unless frozen, which callers exclude; `&mut self`
        // keeps everybody else away.
        unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr(), self.pages_len) }
    }
}

/// A slot that nobody retired (a panic unwound over it): wiped and unmapped on the spot.
impl Drop for Slot {
    fn drop(&mut self) {
        if self.mapping.is_none() {
            return;
        }
        if !self.wipe() {
            log::error!("a slot could not be wiped before it was unmapped: mprotect was refused twice");
        }
        if let Some(mapping) = self.mapping.take()
            && let Err(fault) = self.backend.unmap(mapping)
        {
            log::error!("a slot could not be unmapped: {} failed with error {}", fault.call, fault.errno);
        }
    }
}
