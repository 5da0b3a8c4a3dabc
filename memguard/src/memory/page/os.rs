//! Real pages, as far as all Unix systems agree: mmap between guard pages, mprotect, mlock.

use super::backend::{Backend, Mapping, Protection, Span, SystemFault, fault, last_fault};
use super::native;
use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use std::ptr::NonNull;
use std::sync::Arc;

/// Real pages.
#[derive(Debug)]
pub(crate) struct Os {
    page_size: usize,
}

impl Os {
    pub(crate) fn new() -> Self {
        Self { page_size: rustix::param::page_size() }
    }
}

impl Backend for Os {
    fn renewed(&self) -> Arc<dyn Backend> {
        Arc::new(Self::new())
    }

    fn page_size(&self) -> usize {
        self.page_size
    }

    fn map(&self, pages: usize) -> Result<Mapping, SystemFault> {
        let too_large = || fault("mmap")(Errno::NOMEM);
        let len = pages.checked_mul(self.page_size).ok_or_else(too_large)?;
        let whole = len.checked_add(2 * self.page_size).ok_or_else(too_large)?;
        // SAFETY: a new private mapping at an address that the kernel chooses touches nothing that exists.
        let start =
            unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), whole, ProtFlags::empty(), MapFlags::PRIVATE) }
                .map_err(fault("mmap"))?;
        let give_back = |fault| {
            // SAFETY: the whole mapping was made above and no other code knows it. A failure would only leak address
            // space without data, and the first error is the one to report.
            let _ = unsafe { rustix::mm::munmap(start, whole) };
            fault
        };
        let base = start.wrapping_byte_add(self.page_size);
        // SAFETY: the range lies inside the mapping made above, which no other code uses yet.
        unsafe { rustix::mm::mprotect(base, len, MprotectFlags::READ | MprotectFlags::WRITE) }
            .map_err(fault("mprotect"))
            .map_err(give_back)?;
        let span = Span { base: NonNull::new(base.cast()).ok_or_else(too_large).map_err(give_back)?, len };
        native::keep_out_of_core_dumps(span).map_err(give_back)?;
        Ok(Mapping { span, gaps: 0, locked: 0 })
    }

    fn map_spaced(&self, pages: usize) -> Option<Mapping> {
        native::map_spaced(self.page_size, pages)
    }

    fn lock(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        let Span { base, len } = mapping.span;
        // SAFETY: the range is a live mapping of this backend.
        if !unsafe { memsec::mlock(base.as_ptr(), len) } {
            return Err(last_fault("mlock"));
        }
        mapping.locked = len;
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

    fn wipe_on_fork(&self, span: Span) -> Result<(), SystemFault> {
        native::wipe_on_fork(span)
    }

    fn discard(&self, span: Span) -> Result<(), SystemFault> {
        native::discard(span)
    }

    fn unmap(&self, mapping: Mapping) -> Result<(), SystemFault> {
        let start = mapping.span.base.as_ptr().wrapping_sub(self.page_size);
        // SAFETY: `map` or `map_spaced` made it with one guard page on each side, and its owner gives it up here.
        unsafe { rustix::mm::munmap(start.cast(), mapping.span.len + 2 * self.page_size) }.map_err(fault("munmap"))
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
