//! Real pages, as far as all Unix systems agree: mmap between guard pages, mprotect, mlock.

use super::backend::{Backend, IGNORED, Mapping, Protection, Span, SystemFault, fault};
use super::look::{allows_reading, flags, hiding, seen, spaced_pages_work};
use super::{mappings, native};
use crate::memory::protected::Protected;
use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use std::ptr::NonNull;
use std::sync::Arc;

/// Real pages.
#[derive(Debug)]
pub(crate) struct Os {
    page_size: usize,
}

/// What a slot of its own takes of the mappings that a process may have: the data, and a guard. The other guard joins
/// that of a neighbour.
const FOR_A_SLOT: u64 = 2;

impl Os {
    pub(crate) fn new() -> Self {
        Self { page_size: rustix::param::page_size() }
    }

    /// Maps `pages` pages and one on each side, which all allow the same.
    fn map_all(&self, pages: usize, access: ProtFlags) -> Result<Mapping, SystemFault> {
        let too_large = || fault("mmap")(Errno::NOMEM);
        let len = pages.checked_mul(self.page_size).ok_or_else(too_large)?;
        let whole = len.checked_add(2 * self.page_size).ok_or_else(too_large)?;
        mappings::take(FOR_A_SLOT)?;
        // SAFETY: a new private mapping at an address that the kernel chooses touches nothing that exists.
        let start = unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), whole, access, MapFlags::PRIVATE) };
        // A system that says yes and does nothing gives no address.
        let start = start
            .map_err(fault("mmap"))
            .and_then(|start| NonNull::new(start.cast::<u8>()).ok_or(SystemFault { call: "mmap", errno: IGNORED }))
            .inspect_err(|_| mappings::give(FOR_A_SLOT))?;
        // SAFETY: the first page of several.
        let base = unsafe { start.add(self.page_size) };
        Ok(Mapping { span: Span { base, len }, gaps: 0, locked: 0, guarded: false })
    }
}

impl Backend for Os {
    fn renewed(&self) -> Arc<dyn Backend> {
        Arc::new(Self::new())
    }

    fn page_size(&self) -> usize {
        self.page_size
    }

    fn is_of_the_process(&self) -> bool {
        true
    }

    fn map(&self, pages: usize) -> Result<Mapping, SystemFault> {
        seen().protect.check()?;
        let mapping = Mapping { guarded: true, ..self.map_all(pages, ProtFlags::empty())? };
        match self.protect(mapping.span, Protection::ReadWrite) {
            Ok(()) => Ok(mapping),
            Err(fault) => {
                // A failure would only leak address space without data, and the first error is the one to report.
                let _ = self.unmap(mapping);
                Err(fault)
            }
        }
    }

    fn map_unguarded(&self, pages: usize) -> Result<Mapping, SystemFault> {
        self.map_all(pages, ProtFlags::READ | ProtFlags::WRITE)
    }

    fn map_spaced(&self, pages: usize) -> Option<Mapping> {
        if !spaced_pages_work() {
            return None;
        }
        // A part that is protected otherwise is counted when it is split off.
        mappings::take(FOR_A_SLOT).ok()?;
        let mapping = native::map_spaced(self.page_size, pages);
        if mapping.is_none() {
            mappings::give(FOR_A_SLOT);
        }
        mapping
    }

    fn lock(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        seen().lock.check()?;
        native::lock(mapping.span)?;
        mapping.locked = mapping.span.len;
        Ok(())
    }

    fn hide(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        hiding().check()?;
        native::hide(mapping.span)?;
        mapping.locked = mapping.span.len;
        Ok(())
    }

    fn protect(&self, span: Span, protection: Protection) -> Result<(), SystemFault> {
        let flags = match protection {
            Protection::None => MprotectFlags::empty(),
            Protection::Read => MprotectFlags::READ,
            Protection::ReadWrite => MprotectFlags::READ | MprotectFlags::WRITE,
        };
        // SAFETY: the range lies inside a live mapping of this backend; its owner keeps writers out while it is
        // read-only.
        unsafe { rustix::mm::mprotect(span.base.as_ptr().cast(), span.len, flags) }.map_err(fault("mprotect"))
    }

    fn take_mappings(&self, n: u64) -> Result<(), SystemFault> {
        mappings::take(n)
    }

    fn give_mappings(&self, n: u64) {
        mappings::give(n);
    }

    fn keep_out_of_core_dumps(&self, span: Span) -> Result<(), SystemFault> {
        seen().dump.check()?;
        native::keep_out_of_core_dumps(span)
    }

    fn wipe_on_fork(&self, span: Span) -> Result<(), SystemFault> {
        seen().fork.check()?;
        native::wipe_on_fork(span)
    }

    /// The advice to discard keeps the pages locked and their mapping whole. Where it cannot be had, fresh pages take
    /// the place of the old ones. For hidden pages the kernel says yes to the advice and does nothing.
    fn discard(&self, span: Span, maybe_hidden: bool) -> Result<(), SystemFault> {
        if !maybe_hidden && seen().discard.check().and_then(|()| native::discard(span)).is_ok() {
            return Ok(());
        }
        let (base, flags) = (span.base.as_ptr().cast(), MapFlags::PRIVATE | MapFlags::FIXED);
        // SAFETY: the range lies inside a live mapping of this backend, and its owner gives its contents up.
        let fresh =
            unsafe { rustix::mm::mmap_anonymous(base, span.len, ProtFlags::empty(), flags) }.map_err(fault("mmap"))?;
        if fresh == base { Ok(()) } else { Err(SystemFault { call: "mmap", errno: IGNORED }) }
    }

    fn protection(&self, pages: Span) -> Protected {
        let flags = flags(pages.base.as_ptr().addr());
        let has = |wanted: &[&str]| {
            let mut flags = flags.as_ref()?.split_whitespace();
            Some(flags.any(|flag| wanted.contains(&flag)))
        };
        Protected {
            locked: has(&["lo"]),
            kept_out_of_core_dumps: has(&["dd"]),
            // A child gets zeros, or does not get the pages at all.
            absent_in_children: has(&["wf", "dc"]),
            guarded: self.guards_stop(pages),
        }
    }

    fn guards_stop(&self, pages: Span) -> Option<bool> {
        let base = pages.base.as_ptr();
        let [before, behind] = [base.wrapping_sub(self.page_size), base.wrapping_add(pages.len)].map(allows_reading);
        Some(!before? && !behind?)
    }

    fn unmap(&self, mapping: Mapping) -> Result<(), SystemFault> {
        let start = mapping.span.base.as_ptr().wrapping_sub(self.page_size);
        // SAFETY: `map` or `map_spaced` made it with one guard page on each side, and its owner gives it up here.
        unsafe { rustix::mm::munmap(start.cast(), mapping.span.len + 2 * self.page_size) }.map_err(fault("munmap"))?;
        mappings::give(FOR_A_SLOT);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Backend, Os};

    /// Each page of a spaced mapping is writable, also where pages are larger than here. `tests/memory/dense.rs`
    /// touches the guards between them.
    #[test]
    fn spaced_pages_are_writable() {
        let own = Os::new().page_size;
        // 16 and 64 KiB are whole pages here too, so the system cannot tell.
        for (page_size, pages) in [(own, 1023), (16 << 10, 255), (64 << 10, 63)] {
            let os = Os { page_size };
            let Some(mapping) = os.map_spaced(pages) else { return };
            assert_eq!(mapping.span.len - mapping.gaps, pages * page_size);
            for offset in (0..mapping.span.len).step_by(2 * page_size) {
                // SAFETY: a page of a mapping that this test owns.
                unsafe { mapping.span.base.add(offset).write_bytes(1, page_size) };
            }
            os.unmap(mapping).unwrap();
        }
    }

    /// The arithmetic is checked in the code, because a user's build checks none.
    #[test]
    fn more_pages_than_addresses_are_refused() {
        let os = Os::new();
        let most = usize::MAX / os.page_size;
        for pages in [most - 1, most, most + 1, usize::MAX] {
            assert_eq!(os.map(pages).map(drop).unwrap_err().call, "mmap", "{pages} pages");
        }
    }
}
