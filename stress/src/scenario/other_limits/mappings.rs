//! The limit on mappings, used up by other code of the process.

use super::secrets::Secrets;
use memguard::{Error, Limit};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use std::ptr;

/// The most mappings that a child uses up. Many systems allow a million, which takes a second or two.
const MOST: usize = 1 << 21;

/// How many buffers are asked for at the limit.
const ASKED: usize = 64;

pub(super) fn run_out() -> Result<bool, String> {
    let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok().and_then(|text| text.trim().parse().ok());
    let Some(limit) = limit.filter(|&limit: &usize| limit <= MOST) else { return Ok(false) };
    let secrets = Secrets::new()?;
    let filled = Filled::new(limit)?;
    let at_the_limit = ask(&secrets);
    drop(filled);
    at_the_limit?;
    secrets.work_again().map(|()| true)
}

/// Each call is refused with a limit. None changes what was there.
fn ask(secrets: &Secrets) -> Result<(), String> {
    for _ in 0..ASKED {
        match secrets.session.buffer(32) {
            Err(Error::Limit(Limit::Mappings { .. } | Limit::Memory { .. })) => {}
            Ok(_) => return Err("a buffer was made beyond vm.max_map_count".into()),
            Err(error) => return Err(format!("a buffer beyond vm.max_map_count: {error:?}")),
        }
    }
    secrets.are_whole()
}

/// One area in which every second page allows something else, so that each page is a mapping.
struct Filled {
    start: *mut libc::c_void,
    len: usize,
}

impl Filled {
    /// Fills until the system refuses.
    fn new(limit: usize) -> Result<Self, String> {
        let page = rustix::param::page_size();
        let len = 2 * limit * page;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: a new private mapping at an address that the kernel chooses touches nothing that exists.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), len, ProtFlags::empty(), flags) };
        let filled = Self { start: start.map_err(|error| format!("an area of {len} bytes: {error}"))?, len };
        for offset in (0..len).step_by(2 * page) {
            // SAFETY: a page of the mapping made above, which no other code knows.
            if unsafe { mprotect(filled.start.wrapping_byte_add(offset), page, MprotectFlags::READ) }.is_err() {
                return Ok(filled);
            }
        }
        Err("vm.max_map_count stops nothing".into())
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        // SAFETY: the mapping made by `new`, of which nothing is in use.
        let unmapped = unsafe { munmap(self.start, self.len) };
        debug_assert!(unmapped.is_ok(), "an area as a whole can be unmapped at any limit");
    }
}
