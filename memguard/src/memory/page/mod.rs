//! What a provider of pages must do. Two leaves implement it: `os` (real pages) and `sim` (checked heap pages).

pub(super) mod linux;
#[cfg(feature = "sim")]
pub(super) mod sim;

use crate::memory::store::dense::Region;
use crate::memory::store::shelf::Place;
use std::fmt::Debug;
use std::ptr::NonNull;
use std::sync::Arc;

/// The data pages of one slot, between two guard pages that only the backend knows.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// Start of the data pages, page aligned.
    pub(crate) base: NonNull<u8>,
    /// Length of the data pages in bytes, a multiple of the page size.
    pub(crate) len: usize,
    /// Whether the pages are locked into RAM.
    pub(crate) locked: bool,
    /// The place in a dense region, if it is one.
    pub(in crate::memory) cell: Option<Place>,
}

// SAFETY: a mapping is a range of addresses that its owner alone may use; nothing about it belongs to a thread.
unsafe impl Send for Mapping {}
// SAFETY: `&Mapping` gives no access to the bytes.
unsafe impl Sync for Mapping {}

/// What the pages of a mapping allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// No access at all.
    None,
    Read,
    ReadWrite,
}

/// How somebody is about to use the bytes of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// A call that the system refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SystemFault {
    pub(crate) call: &'static str,
    pub(crate) errno: i32,
}

/// A provider of pages and of randomness.
pub(crate) trait Backend: Debug + Send + Sync {
    /// One like this for the first session of a forked child, which must not touch what its parent's threads were using.
    fn renewed(&self) -> Arc<dyn Backend>;

    /// The size of a page in bytes, a power of two of at least 64.
    fn page_size(&self) -> usize;

    /// Maps `pages` zeroed, readable and writable pages between two guard pages, excluded from core dumps, not yet locked.
    fn map(&self, pages: usize) -> Result<Mapping, SystemFault>;

    /// Locks the pages into RAM and notes it in the mapping.
    fn lock(&self, mapping: &mut Mapping) -> Result<(), SystemFault>;

    /// Changes what the pages allow.
    fn protect(&self, mapping: &Mapping, protection: Protection) -> Result<(), SystemFault>;

    /// Asks that a child process finds zeros where this process has the pages. A refusal is a control not in force, not a failure.
    fn wipe_on_fork(&self, mapping: &Mapping) -> Result<(), SystemFault>;

    /// Maps many single pages between guards at once, locked and otherwise as [`map`](Self::map) and the calls after it would.
    /// `None` where the system cannot, or where it would not pay.
    fn map_dense(&self) -> Option<Region> {
        None
    }

    /// Gives a whole region back.
    fn unmap_dense(&self, region: Region) -> Result<(), SystemFault> {
        let _nothing_made_by_map_dense = region;
        Ok(())
    }

    /// Gives pages and guards back to the system. On an error the mapping is lost to this process: it stays mapped. Of a page in
    /// a dense region only the contents go.
    fn unmap(&self, mapping: Mapping) -> Result<(), SystemFault>;

    /// Overwrites all bytes with zeros, in a way that is never optimised away.
    fn wipe(&self, bytes: &mut [u8]);

    /// Fills the bytes with randomness fit for keys.
    fn random(&self, bytes: &mut [u8]) -> Result<(), SystemFault>;

    /// An access to the bytes at this address of a mapping begins. Real pages check it in hardware.
    fn begin(&self, _address: NonNull<u8>, _access: Access) {}

    /// What stopped a call that failed, in the words of the system's limits, if a limit did.
    fn explain(&self, fault: SystemFault, wanted_bytes: usize) -> crate::Error;
}
