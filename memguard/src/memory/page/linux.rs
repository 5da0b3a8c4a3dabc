//! The `os` leaf: real pages.

use crate::memory::limit;
use crate::memory::page::{Backend, Mapping, Protection, SystemFault};
#[cfg(target_os = "linux")]
use crate::memory::store::dense::{self, Region};
#[cfg(target_os = "linux")]
use rustix::mm::Advice;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use std::ptr::NonNull;
use std::sync::Arc;
use zeroize::Zeroize;

#[cfg(not(unix))]
compile_error!("memguard needs mmap, mprotect and mlock: it runs on Unix systems");

/// Real pages: mmap between guard pages, mlock, excluded from core dumps.
#[derive(Debug)]
pub(crate) struct Os {
    page_size: usize,
}

impl Os {
    pub(crate) fn new() -> Self {
        Self { page_size: rustix::param::page_size() }
    }
}

impl Os {
    /// Whether [`map`](Backend::map), which fails if it cannot, keeps pages out of core dumps here.
    pub(in crate::memory) fn keeps_out_of_core_dumps(&self) -> Result<(), &'static str> {
        if cfg!(target_os = "linux") { Ok(()) } else { Err("this system has no MADV_DONTDUMP") }
    }

    /// Whether guards can be set without splitting a mapping: tried on a page of its own.
    #[cfg(target_os = "linux")]
    pub(in crate::memory) fn guards_within_a_mapping(&self) -> Result<(), SystemFault> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new private mapping at an address that the kernel chooses touches nothing that exists.
        let page =
            unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), self.page_size, access, MapFlags::PRIVATE) }
                .map_err(fault("mmap"))?;
        // SAFETY: the page was made above and holds nothing.
        let guarded = unsafe { dense::linux::guard(page, self.page_size) };
        // SAFETY: as above, and nobody else knows it.
        unsafe { rustix::mm::munmap(page, self.page_size) }.map_err(fault("munmap")).and(guarded)
    }

    #[cfg(not(target_os = "linux"))]
    pub(in crate::memory) fn guards_within_a_mapping(&self) -> Result<(), SystemFault> {
        Err(SystemFault { call: "madvise(MADV_GUARD_INSTALL)", errno: rustix::io::Errno::NOSYS.raw_os_error() })
    }
}

fn fault(call: &'static str) -> impl FnOnce(rustix::io::Errno) -> SystemFault {
    move |errno| SystemFault { call, errno: errno.raw_os_error() }
}

impl Backend for Os {
    fn renewed(&self) -> Arc<dyn Backend> {
        Arc::new(Self::new())
    }

    fn page_size(&self) -> usize {
        self.page_size
    }

    fn map(&self, pages: usize) -> Result<Mapping, SystemFault> {
        let too_large = || SystemFault { call: "mmap", errno: rustix::io::Errno::NOMEM.raw_os_error() };
        let len = pages.checked_mul(self.page_size).ok_or_else(too_large)?;
        let whole = len.checked_add(2 * self.page_size).ok_or_else(too_large)?;
        // SAFETY: a new private mapping at an address that the kernel chooses touches nothing that exists.
        let start =
            unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), whole, ProtFlags::empty(), MapFlags::PRIVATE) }
                .map_err(fault("mmap"))?;
        let give_back = |fault| {
            // SAFETY: the whole mapping was made above and nobody else knows it.
            // Its failure would only leak address space without data, and the first error is the one to report.
            let _ = unsafe { rustix::mm::munmap(start, whole) };
            fault
        };
        let base = start.wrapping_byte_add(self.page_size);
        // SAFETY: the range lies inside the mapping made above; opening it for access harms nobody.
        unsafe { rustix::mm::mprotect(base, len, MprotectFlags::READ | MprotectFlags::WRITE) }
            .map_err(fault("mprotect"))
            .map_err(give_back)?;
        // SAFETY: as above; the advice only keeps the range out of core dumps.
        #[cfg(target_os = "linux")]
        unsafe { rustix::mm::madvise(base, len, Advice::LinuxDontDump) }
            .map_err(fault("madvise(MADV_DONTDUMP)"))
            .map_err(give_back)?;
        let base = NonNull::new(base.cast()).ok_or_else(too_large).map_err(give_back)?;
        Ok(Mapping { base, len, locked: false, cell: None })
    }

    fn lock(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        // SAFETY: the range is a live mapping of this backend.
        if unsafe { memsec::mlock(mapping.base.as_ptr(), mapping.len) } {
            mapping.locked = true;
            Ok(())
        } else {
            let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or_default();
            Err(SystemFault { call: "mlock", errno })
        }
    }

    fn protect(&self, mapping: &Mapping, protection: Protection) -> Result<(), SystemFault> {
        let flags = match protection {
            Protection::None => MprotectFlags::empty(),
            Protection::Read => MprotectFlags::READ,
            Protection::ReadWrite => MprotectFlags::READ | MprotectFlags::WRITE,
        };
        // SAFETY: the range is a live mapping of this backend; its owner makes sure that nobody writes while it is read-only.
        unsafe { rustix::mm::mprotect(mapping.base.as_ptr().cast(), mapping.len, flags) }.map_err(fault("mprotect"))
    }

    #[cfg(target_os = "linux")]
    fn wipe_on_fork(&self, mapping: &Mapping) -> Result<(), SystemFault> {
        // SAFETY: the range is a live mapping of this backend; the advice changes what a child sees, not this process.
        unsafe { rustix::mm::madvise(mapping.base.as_ptr().cast(), mapping.len, Advice::LinuxWipeOnFork) }
            .map_err(fault("madvise(MADV_WIPEONFORK)"))
    }

    #[cfg(not(target_os = "linux"))]
    fn wipe_on_fork(&self, _: &Mapping) -> Result<(), SystemFault> {
        Err(SystemFault { call: "madvise(MADV_WIPEONFORK)", errno: rustix::io::Errno::NOSYS.raw_os_error() })
    }

    #[cfg(target_os = "linux")]
    fn map_dense(&self) -> Option<Region> {
        dense::linux::map(self.page_size)
    }

    #[cfg(target_os = "linux")]
    fn unmap_dense(&self, region: Region) -> Result<(), SystemFault> {
        dense::linux::unmap(region)
    }

    fn unmap(&self, mapping: Mapping) -> Result<(), SystemFault> {
        #[cfg(target_os = "linux")]
        if mapping.cell.is_some() {
            return dense::linux::discard(&mapping);
        }
        let start = mapping.base.as_ptr().wrapping_sub(self.page_size);
        // SAFETY: `map` made this mapping with one guard page on each side, and its owner gives it up here.
        unsafe { rustix::mm::munmap(start.cast(), mapping.len + 2 * self.page_size) }.map_err(fault("munmap"))
    }

    fn wipe(&self, bytes: &mut [u8]) {
        bytes.zeroize();
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), SystemFault> {
        getrandom::fill(bytes)
            .map_err(|error| SystemFault { call: "getrandom", errno: error.raw_os_error().unwrap_or_default() })
    }

    fn explain(&self, fault: SystemFault, wanted_bytes: usize) -> crate::Error {
        limit::explain(fault, wanted_bytes)
    }
}
