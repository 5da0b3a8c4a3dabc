//! Dense regions: single pages with guards between them that cost the process one mapping for 1023 pages instead of two for each.
//!
//! ```text
//!   | guard | page | guard | page | guard | … | page | guard |     one mapping, locked as a whole
//! ```
//!
//! The guards are `MADV_GUARD_INSTALL` markers (Linux 6.13), which do not split the mapping as `mprotect` does. Markers cannot be set
//! in a locked mapping, so they come first; and the kernel counts them as locked, so that regions serve only a process that may
//! lock without limit, and only when it has many slots: below that the account of locked memory stays exact to the page.

use crate::memory::page::{Backend, Mapping};
use crate::memory::pool::Pool;
use crate::memory::store::shelf::{Divided, Emptied, Fate, Place};
use crate::sync::Site;
use std::ptr::NonNull;

/// How many slots a session has before it asks for regions. An eighth of the usual `vm.max_map_count`: two mappings each make a
/// quarter of it.
const AFTER_SLOTS: u64 = 8192;

/// One region.
#[derive(Debug)]
pub(crate) struct Region {
    start: NonNull<u8>,
    page_size: usize,
    cells: u16,
}

// SAFETY: a region is a range of addresses that its owner alone may use; nothing about it belongs to a thread.
unsafe impl Send for Region {}
// SAFETY: `&Region` gives no access to the bytes.
unsafe impl Sync for Region {}

impl Region {
    pub(in crate::memory) fn cells(&self) -> u16 {
        self.cells
    }

    pub(in crate::memory) fn data_bytes(&self) -> u64 {
        (usize::from(self.cells) * self.page_size) as u64
    }

    /// With all guards.
    pub(in crate::memory) fn len(&self) -> usize {
        (2 * usize::from(self.cells) + 1) * self.page_size
    }
}

impl Divided for Region {
    fn place(&self, at: u16) -> (NonNull<u8>, usize) {
        // SAFETY: the shelf hands out places below `cells`; the page behind their guard lies inside the region.
        let page = unsafe { self.start.add((2 * usize::from(at) + 1) * self.page_size) };
        (page, self.page_size)
    }
}

impl Pool {
    /// The mapping that a place of a region is.
    pub(in crate::memory) fn cell(&self, (place, base): (Place, NonNull<u8>)) -> Mapping {
        Mapping { base, len: self.backend.page_size(), locked: true, cell: Some(place) }
    }

    /// Takes a page of a region back, and the region if that was the last one in use and another one stays.
    pub(in crate::memory) fn put_cell(&self, cell: Place, fate: Fate) {
        let emptied = self.free(Site::PoolPut).dense.put(cell, fate);
        if let Some(emptied) = emptied {
            self.release_region(emptied);
        }
    }

    pub(in crate::memory) fn release_region(&self, emptied: Emptied<Region>) {
        self.given_back(self.backend.unmap_dense(emptied.unit));
    }

    /// Adds a region if it is time for one and the system can. If not, pages are mapped one by one, and that refusal says why.
    pub(in crate::memory) fn add_region(&self) -> bool {
        if self.footprint().slots < AFTER_SLOTS {
            return false;
        }
        let Some(region) = self.backend.map_dense() else { return false };
        let mut free = Vec::new();
        if free.try_reserve_exact(region.cells.into()).is_err() {
            self.release_region(Emptied { unit: region, withdrawn: false });
            return false;
        }
        free.extend((0..region.cells).rev());
        let refused = self.free(Site::PoolPut).dense.add(0, region, free).err();
        let added = refused.is_none();
        if let Some(unit) = refused {
            self.release_region(Emptied { unit, withdrawn: false });
        }
        added
    }
}

#[cfg(target_os = "linux")]
pub(in crate::memory) mod linux {
    //! The system calls.

    use super::{Mapping, Region};
    use crate::memory::page::SystemFault;
    use rustix::mm::{Advice, MapFlags, MlockFlags, ProtFlags};
    use std::ffi::c_void;
    use std::ptr::NonNull;

    /// How long a region is at the most, in bytes.
    const LENGTH: usize = 8 << 20;
    /// From `linux/mman.h`; the constants of libc and rustix do not have it yet.
    const MADV_GUARD_INSTALL: i32 = 102;

    /// A new region, or `None` if the kernel refuses any part of it.
    pub(in crate::memory) fn map(page_size: usize) -> Option<Region> {
        if !crate::memory::limit::locks_without_limit() {
            return None;
        }
        let cells = u16::try_from((LENGTH / page_size).saturating_sub(1) / 2).ok().filter(|&cells| cells > 0)?;
        let len = (2 * usize::from(cells) + 1) * page_size;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new private mapping at an address that the kernel chooses touches nothing that exists.
        let start = unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), len, access, MapFlags::PRIVATE) }.ok()?;
        // SAFETY: the range is the mapping made above, which nobody else knows.
        let prepared = unsafe { prepare(start, len, page_size) };
        if prepared.is_none() {
            // SAFETY: as above. A failure would only leak address space without data.
            let _ = unsafe { rustix::mm::munmap(start, len) };
        }
        prepared?;
        Some(Region { start: NonNull::new(start.cast())?, page_size, cells })
    }

    /// Sets the guards and locks.
    ///
    /// # Safety
    /// The range must be a mapping that belongs to the caller alone.
    unsafe fn prepare(start: *mut c_void, len: usize, page_size: usize) -> Option<()> {
        // SAFETY: the caller's promise; the advice changes what core dumps and children see.
        unsafe {
            rustix::mm::madvise(start, len, Advice::LinuxDontDump).ok()?;
            rustix::mm::madvise(start, len, Advice::LinuxWipeOnFork).ok()?;
        }
        for offset in (0..len).step_by(2 * page_size) {
            // SAFETY: the offset lies inside the range, whose pages hold nothing.
            unsafe { guard(start.wrapping_byte_add(offset), page_size) }.ok()?;
        }
        // SAFETY: as above. Pages are locked as they are first touched; touching all of them would fault on the guards.
        unsafe { rustix::mm::mlock_with(start, len, MlockFlags::ONFAULT) }.ok()
    }

    /// Makes a page of an unlocked anonymous mapping a guard, without splitting the mapping.
    ///
    /// # Safety
    /// The page must belong to the caller alone; its bytes are lost.
    pub(in crate::memory) unsafe fn guard(page: *mut c_void, page_size: usize) -> Result<(), SystemFault> {
        // SAFETY: the caller's promise.
        let answer = unsafe { libc::madvise(page, page_size, MADV_GUARD_INSTALL) };
        if answer == 0 { Ok(()) } else { Err(last("madvise(MADV_GUARD_INSTALL)")) }
    }

    pub(in crate::memory) fn unmap(region: Region) -> Result<(), SystemFault> {
        // SAFETY: `map` made this mapping, and its owner gives it up here.
        unsafe { rustix::mm::munmap(region.start.as_ptr().cast(), region.len()) }
            .map_err(|errno| SystemFault { call: "munmap", errno: errno.raw_os_error() })
    }

    /// Gives the contents of one page back, whatever it allows, without splitting the region.
    pub(in crate::memory) fn discard(cell: &Mapping) -> Result<(), SystemFault> {
        // SAFETY: the page belongs to the caller alone, who gives its contents up.
        let answer = unsafe { libc::madvise(cell.base.as_ptr().cast(), cell.len, libc::MADV_DONTNEED_LOCKED) };
        if answer == 0 { Ok(()) } else { Err(last("madvise(MADV_DONTNEED_LOCKED)")) }
    }

    fn last(call: &'static str) -> SystemFault {
        SystemFault { call, errno: std::io::Error::last_os_error().raw_os_error().unwrap_or_default() }
    }

    #[cfg(test)]
    mod tests {
        use super::{map, unmap};
        use crate::memory::store::shelf::Divided;

        /// 1023 pages, each writable; what lies between them is for the child processes of `tests/memory/dense.rs` to touch.
        #[test]
        fn pages_are_writable() {
            let Some(region) = map(rustix::param::page_size()) else { return };
            for at in 0..region.cells() {
                let (page, len) = region.place(at);
                // SAFETY: a page of a region that this test owns.
                unsafe { page.write_bytes(1, len) };
            }
            unmap(region).unwrap();
        }
    }
}
