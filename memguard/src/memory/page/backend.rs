//! What a provider of pages must do. `os` (real pages), `sim` (checked heap pages) and `refusing` (real pages on a
//! system that refuses calls) implement it.

use crate::memory::protected::Protected;
use rustix::io::Errno;
use std::fmt::Debug;
use std::panic::RefUnwindSafe;
use std::ptr::NonNull;
use std::sync::Arc;
use zeroize::Zeroize;

/// A range of addresses. It says nothing about who may use it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) base: NonNull<u8>,
    /// In bytes.
    pub(crate) len: usize,
}

impl Span {
    /// No memory.
    pub(crate) const NOWHERE: Self = Self { base: NonNull::dangling(), len: 0 };
}

// SAFETY: a span is a pair of numbers. The code that uses the memory makes sure that it may.
unsafe impl Send for Span {}
// SAFETY: as above.
unsafe impl Sync for Span {}

/// Pages between two guard pages that only the backend knows. The owner of the mapping owns the bytes.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// Page aligned, a multiple of the page size. Guards inside are part of it, the two around it are not.
    pub(crate) span: Span,
    /// How many bytes of the span are guards, each of one page. 0 unless it was made by [`Backend::map_spaced`].
    pub(crate) gaps: usize,
    /// How many bytes the system counts as locked for this mapping.
    pub(crate) locked: usize,
    /// Whether the guards stop accesses. If not, the system refuses `mprotect`, and what the pages allow never changes.
    pub(crate) guarded: bool,
}

/// What pages allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// No access at all.
    None,
    Read,
    ReadWrite,
}

/// How a thread is about to use bytes.
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

/// The error number of a call that was answered with success and did nothing.
pub(crate) const IGNORED: i32 = 0;

/// What [`IGNORED`] means.
#[derive(Debug, thiserror::Error)]
#[error("the system says yes and does nothing")]
pub(crate) struct Ignored;

/// An answer of the system, in its own words.
pub(crate) fn answer(errno: i32) -> std::io::Error {
    match errno {
        IGNORED => std::io::Error::new(std::io::ErrorKind::Unsupported, Ignored),
        errno => std::io::Error::from_raw_os_error(errno),
    }
}

/// Makes a fault of the call's error number.
pub(crate) fn fault(call: &'static str) -> impl FnOnce(Errno) -> SystemFault {
    move |errno| SystemFault { call, errno: errno.raw_os_error() }
}

/// The fault of a call that left its error number in `errno`.
pub(crate) fn last_fault(call: &'static str) -> SystemFault {
    SystemFault { call, errno: std::io::Error::last_os_error().raw_os_error().unwrap_or_default() }
}

/// A provider of pages and of randomness.
///
/// The spans that its methods take lie inside live mappings of the same backend.
pub(crate) trait Backend: Debug + Send + Sync + RefUnwindSafe {
    /// A backend for the first session of a forked child. It touches nothing that threads of the parent were using.
    fn renewed(&self) -> Arc<dyn Backend>;

    /// The size of a page in bytes, a power of two of at least 64.
    fn page_size(&self) -> usize;

    /// Whether these are the pages of this process, with its limits. Then pages that one session gives back are there
    /// for all others.
    fn is_of_the_process(&self) -> bool {
        false
    }

    /// Maps `pages` zeroed, readable and writable pages between two guard pages.
    fn map(&self, pages: usize) -> Result<Mapping, SystemFault>;

    /// Like [`map`](Self::map), but without `mprotect`, so the guards stop nothing.
    fn map_unguarded(&self, pages: usize) -> Result<Mapping, SystemFault> {
        self.map(pages)
    }

    /// Maps `pages` single pages at once, with a guard page between any two neighbours. They are locked, excluded from
    /// core dumps, and zero in child processes. `None` where the system cannot do it, or where it would not pay.
    fn map_spaced(&self, _pages: usize) -> Option<Mapping> {
        None
    }

    /// Locks the pages into RAM and notes it in the mapping.
    fn lock(&self, mapping: &mut Mapping) -> Result<(), SystemFault>;

    /// Puts pages that the kernel itself does not map in the place of new pages, and notes in the mapping that they are
    /// locked. They are all zero, readable and writable. Neither a core dump nor a child process gets them. On an
    /// error, the old pages are there as before.
    fn hide(&self, mapping: &mut Mapping) -> Result<(), SystemFault>;

    /// Changes what the pages allow.
    fn protect(&self, span: Span, protection: Protection) -> Result<(), SystemFault>;

    /// Takes account of mappings that a change of protection is about to split off.
    fn take_mappings(&self, _: u64) -> Result<(), SystemFault> {
        Ok(())
    }

    /// Takes account of mappings that were joined again.
    fn give_mappings(&self, _: u64) {}

    /// Keeps the pages out of core dumps.
    fn keep_out_of_core_dumps(&self, span: Span) -> Result<(), SystemFault>;

    /// Asks that a child process finds zeros where this process has the pages.
    fn wipe_on_fork(&self, span: Span) -> Result<(), SystemFault>;

    /// Gives the contents of pages back to the system, also if they allow no access. On success no byte of them is
    /// left. The pages are not used again. `maybe_hidden` says whether they may be [hidden](Self::hide).
    fn discard(&self, span: Span, maybe_hidden: bool) -> Result<(), SystemFault>;

    /// Gives pages and guards back to the system. On an error the mapping is lost to this process: it stays mapped.
    fn unmap(&self, mapping: Mapping) -> Result<(), SystemFault>;

    /// Overwrites all bytes with zeros, in a way that is never optimised away.
    fn wipe(&self, bytes: &mut [u8]) {
        bytes.zeroize();
    }

    /// Fills the bytes with randomness fit for keys.
    fn random(&self, bytes: &mut [u8]) -> Result<(), SystemFault> {
        getrandom::fill(bytes)
            .map_err(|error| SystemFault { call: "getrandom", errno: error.raw_os_error().unwrap_or_default() })
    }

    /// What protects these pages now, as the system tells.
    fn protection(&self, _pages: Span) -> Protected {
        Protected::default()
    }

    /// Whether the page before these pages and the one behind them refuse to be read. `None` if nothing tells.
    fn guards_stop(&self, _pages: Span) -> Option<bool> {
        None
    }

    /// An access to these bytes begins. Real pages check it in hardware.
    fn begin(&self, _bytes: Span, _access: Access) {}
}
