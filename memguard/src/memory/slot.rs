//! A slot: the memory of one secret, with its canary. Either pages of its own, or a place on a packed page.

use crate::memory::page::{Access, Backend, Mapping, Protection, SystemFault};
use crate::memory::store::packed::Geometry;
use crate::memory::store::shelf::Place;
use std::fmt;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;

/// The random bytes that fill what secrets leave free. One per session.
pub(crate) struct Canary([u8; 32]);

impl Canary {
    /// None of the bytes is zero: the commonest stray byte, a terminating zero, must not be the right one by chance.
    pub(super) fn new(backend: &dyn Backend) -> Result<Self, SystemFault> {
        let mut bytes = [0; 32];
        backend.random(&mut bytes)?;
        Ok(Self(bytes.map(|byte| if byte == 0 { 0xA5 } else { byte })))
    }

    /// The byte that belongs at this offset.
    pub(super) fn at(&self, offset: usize) -> u8 {
        self.0[offset % self.0.len()]
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(self.0.len()) {
            chunk.copy_from_slice(&self.0[..chunk.len()]);
        }
    }

    /// Not constant-time on purpose: the canary guards against stray writes and is of no use to who can already read it.
    fn fills(&self, bytes: &[u8]) -> bool {
        bytes.chunks(self.0.len()).all(|chunk| chunk == &self.0[..chunk.len()])
    }
}

impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canary(..)")
    }
}

/// What the slot's memory is part of.
#[derive(Debug)]
pub(super) enum Home {
    /// Pages of its own.
    Pages(Mapping),
    /// A place on a packed page. The canary bytes around it belong to the page; they are only ever read.
    Packed(Place, Geometry),
}

/// Memory that holds one secret. The owner of the slot owns the bytes.
#[derive(Debug)]
pub(crate) struct Slot {
    /// `None` only after [`into_home`](Self::into_home) took it.
    home: Option<Home>,
    base: NonNull<u8>,
    /// How many bytes from `base` on are the slot's.
    owned: usize,
    data: Range<usize>,
    frozen: bool,
    /// Whether the pages are concealed at rest; accesses reveal them.
    conceals: bool,
    /// What the pages allow now.
    protection: Protection,
    backend: Arc<dyn Backend>,
}

// SAFETY: the bytes belong to the slot alone, and nothing about them belongs to a thread.
unsafe impl Send for Slot {}
// SAFETY: `&Slot` only reads the bytes.
unsafe impl Sync for Slot {}

impl Slot {
    /// Lays out `len` bytes at the right end of writable, zeroed pages and fills the rest with the canary.
    ///
    /// `len` must be at least 1 and fit the mapping.
    pub(super) fn on_pages(mapping: Mapping, len: usize, canary: &Canary, backend: Arc<dyn Backend>) -> Self {
        let (base, owned) = (mapping.base, mapping.len);
        Self::lay_out(Home::Pages(mapping), base, owned, len, canary, backend)
    }

    /// The same at the right end of a zeroed place, at `base`, of a packed page.
    pub(super) fn on_packed(
        (place, base): (Place, NonNull<u8>),
        geometry: Geometry,
        len: usize,
        canary: &Canary,
        backend: Arc<dyn Backend>,
    ) -> Self {
        Self::lay_out(Home::Packed(place, geometry), base, geometry.size, len, canary, backend)
    }

    fn lay_out(
        home: Home,
        base: NonNull<u8>,
        owned: usize,
        len: usize,
        canary: &Canary,
        backend: Arc<dyn Backend>,
    ) -> Self {
        let protection = Protection::ReadWrite;
        let data = owned - len..owned;
        let mut slot =
            Self { home: Some(home), base, owned, data, frozen: false, conceals: false, protection, backend };
        let pad = slot.data.start;
        canary.fill(&mut slot.owned_mut()[..pad]);
        slot
    }

    /// Where the data starts. Stays valid while the slot lives.
    pub(crate) fn data_ptr(&self) -> NonNull<u8> {
        // SAFETY: `data` lies inside what is owned.
        unsafe { self.base.add(self.data.start) }
    }

    /// The secret. The slot must not be concealed.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.begin(Access::Read);
        // SAFETY: the memory is mapped and readable while the slot lives, and `&self` keeps writers away.
        unsafe { std::slice::from_raw_parts(self.data_ptr().as_ptr(), self.data.len()) }
    }

    /// The secret, to write. The slot must be neither frozen nor concealed.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        let data = self.data.clone();
        &mut self.owned_mut()[data]
    }

    fn begin(&self, access: Access) {
        self.backend.begin(self.base, access);
    }

    /// Makes the bytes read-only: in hardware where the slot has pages of its own.
    pub(crate) fn freeze(&mut self) -> Result<(), SystemFault> {
        self.set_frozen(true)
    }

    /// Makes the bytes writable again.
    pub(crate) fn melt(&mut self) -> Result<(), SystemFault> {
        self.set_frozen(false)
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen
    }

    fn set_frozen(&mut self, frozen: bool) -> Result<(), SystemFault> {
        // Concealed pages allow writing during the access of a writer only, who looks at the mark first.
        if self.frozen != frozen && !self.conceals {
            self.allow(if frozen { Protection::Read } else { Protection::ReadWrite })?;
        }
        self.frozen = frozen;
        Ok(())
    }

    /// Takes all access from the pages, until an access [reveals](Self::reveal) them. Not for packed slots.
    pub(super) fn start_concealing(&mut self) -> Result<(), SystemFault> {
        self.conceals = true;
        self.conceal()
    }

    /// The first access begins: it may do what it is for.
    pub(crate) fn reveal(&mut self, access: Access) -> Result<(), SystemFault> {
        self.allow(match access {
            Access::Read => Protection::Read,
            Access::Write => Protection::ReadWrite,
        })
    }

    /// The last access ends.
    pub(crate) fn conceal(&mut self) -> Result<(), SystemFault> {
        self.allow(Protection::None)
    }

    pub(super) fn is_concealed(&self) -> bool {
        self.protection == Protection::None
    }

    fn allow(&mut self, protection: Protection) -> Result<(), SystemFault> {
        if let Some(Home::Pages(mapping)) = &self.home
            && self.protection != protection
        {
            self.backend.protect(mapping, protection)?;
            self.protection = protection;
        }
        Ok(())
    }

    /// Allows everything, to wipe. Returns `false` if the system refused.
    pub(super) fn open(&mut self) -> bool {
        // A refusal may pass (the kernel was short of memory for a moment), and a secret is worth a second attempt.
        self.allow(Protection::ReadWrite).is_ok() || self.allow(Protection::ReadWrite).is_ok()
    }

    /// Whether the bytes around the data are as they were laid out. The slot must not be concealed.
    pub(super) fn canary_intact(&self, canary: &Canary) -> bool {
        self.begin(Access::Read);
        // SAFETY: the memory is mapped and readable while the slot lives, and `&self` keeps writers away.
        let pad = unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.data.start) };
        canary.fills(pad) && self.borders_intact(canary)
    }

    /// Whether the canary that a packed page has around the place is as it was laid out.
    fn borders_intact(&self, canary: &Canary) -> bool {
        let Some(Home::Packed(_, geometry)) = &self.home else { return true };
        let end = geometry.offset + geometry.size;
        let before = geometry.offset.saturating_sub(1)..geometry.offset;
        before.chain(end..end + geometry.behind).all(|offset| {
            // SAFETY: the offsets lie on the same page, which stays mapped while a place of it is in use; nobody writes them.
            let byte = unsafe { self.base.sub(geometry.offset).add(offset).read() };
            byte == canary.at(offset)
        })
    }

    /// Overwrites everything owned with zeros. The slot must be [open](Self::open).
    pub(super) fn wipe(&mut self) {
        let backend = Arc::clone(&self.backend);
        backend.wipe(self.owned_mut());
    }

    /// Gives the memory up, as it is. `None` never comes back: only this call takes it, and it takes the slot with it.
    pub(super) fn into_home(mut self) -> Option<Home> {
        self.home.take()
    }

    fn owned_mut(&mut self) -> &mut [u8] {
        self.begin(Access::Write);
        // SAFETY: the memory is mapped while the slot lives and writable unless frozen or concealed, which callers exclude;
        // `&mut self` keeps everybody else away.
        unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr(), self.owned) }
    }
}

/// A slot that nobody retired (a panic unwound over it): wiped on the spot, and unmapped unless its page is shared.
impl Drop for Slot {
    fn drop(&mut self) {
        if self.home.is_none() {
            return;
        }
        if self.open() {
            self.wipe();
        } else {
            log::error!("a slot could not be wiped before it was unmapped: mprotect was refused twice");
        }
        match self.home.take() {
            Some(Home::Pages(mapping)) => {
                if let Err(fault) = self.backend.unmap(mapping) {
                    log::error!("a slot could not be unmapped: {} failed with error {}", fault.call, fault.errno);
                }
            }
            Some(Home::Packed(..)) => log::error!("a place on a packed page was wiped and is lost to the session"),
            None => {}
        }
    }
}
