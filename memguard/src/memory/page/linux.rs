//! What Linux has of its own: advice, guard markers, and the numbers in `/proc`. `unix.rs` has the same functions.

use super::backend::{IGNORED, Mapping, Span, SystemFault, fault, last_fault};
pub(crate) use super::hidden::hide;
use super::process::memlock_limit;
use rustix::mm::{Advice, MapFlags, MlockFlags, ProtFlags};
use rustix::process::{DumpableBehavior, dumpable_behavior, set_dumpable_behavior};
use std::ffi::c_void;
use std::io::Read;
use std::ptr::NonNull;

/// From `linux/mman.h`; the constants of libc and rustix do not have it yet.
const MADV_GUARD_INSTALL: i32 = 102;

/// Locks the pages into RAM.
pub(crate) fn lock(span: Span) -> Result<(), SystemFault> {
    // SAFETY: the pages are mapped and belong to the caller; locking changes none of their bytes.
    unsafe { rustix::mm::mlock(span.base.as_ptr().cast(), span.len) }.map_err(fault("mlock"))
}

/// Keeps the pages out of core dumps.
pub(crate) fn keep_out_of_core_dumps(span: Span) -> Result<(), SystemFault> {
    // SAFETY: the pages are mapped and belong to the caller; the advice changes what core dumps see.
    unsafe { rustix::mm::madvise(span.base.as_ptr().cast(), span.len, Advice::LinuxDontDump) }
        .map_err(fault("madvise(MADV_DONTDUMP)"))
}

/// Asks that a child process finds zeros where this process has the pages.
pub(crate) fn wipe_on_fork(span: Span) -> Result<(), SystemFault> {
    // SAFETY: the pages are mapped and belong to the caller; the advice changes what a child sees, not this process.
    unsafe { rustix::mm::madvise(span.base.as_ptr().cast(), span.len, Advice::LinuxWipeOnFork) }
        .map_err(fault("madvise(MADV_WIPEONFORK)"))
}

/// Maps single pages with guard markers (`MADV_GUARD_INSTALL`, Linux 6.13) between them: one mapping for all.
///
/// The kernel counts guards inside a locked mapping as locked memory. So this is for a process that may lock without
/// limit.
pub(crate) fn map_spaced(page_size: usize, pages: usize) -> Option<Mapping> {
    if pages == 0 || !locks_without_limit() {
        return None;
    }
    let whole = pages.checked_mul(2)?.checked_add(1)?.checked_mul(page_size)?;
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new private mapping at an address that the kernel chooses touches nothing that exists.
    let start = unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), whole, access, MapFlags::PRIVATE) }.ok()?;
    let all = Span { base: NonNull::new(start.cast())?, len: whole };
    // SAFETY: the range is the mapping made above, which no other code knows.
    if unsafe { space(all, page_size) }.is_none() {
        // SAFETY: as above. A failure would only leak address space without data.
        let _ = unsafe { rustix::mm::munmap(start, whole) };
        return None;
    }
    let base = NonNull::new(start.wrapping_byte_add(page_size).cast())?;
    let span = Span { base, len: whole - 2 * page_size };
    Some(Mapping { span, gaps: (pages - 1) * page_size, locked: whole, guarded: true })
}

/// Sets the guards and locks. Markers cannot be set in a locked mapping, so they come first.
///
/// # Safety
/// The range must be a mapping that belongs to the caller alone.
pub(super) unsafe fn space(all: Span, page_size: usize) -> Option<()> {
    keep_out_of_core_dumps(all).ok()?;
    wipe_on_fork(all).ok()?;
    let (start, len) = (all.base.as_ptr().cast::<c_void>(), all.len);
    for offset in (0..len).step_by(2 * page_size) {
        // SAFETY: the offset lies inside the range, whose pages hold nothing.
        unsafe { guard(start.wrapping_byte_add(offset), page_size) }.ok()?;
    }
    // SAFETY: as above. Pages are locked when they are first touched. Touching all of them here would fault on the
    // guards.
    unsafe { rustix::mm::mlock_with(start, len, MlockFlags::ONFAULT) }.ok()
}

/// Makes a page of an unlocked anonymous mapping a guard, without splitting the mapping.
///
/// # Safety
/// The page must belong to the caller alone; its bytes are lost.
pub(super) unsafe fn guard(page: *mut c_void, page_size: usize) -> Result<(), SystemFault> {
    // SAFETY: the caller's promise.
    let answer = unsafe { libc::madvise(page, page_size, MADV_GUARD_INSTALL) };
    if answer == 0 { Ok(()) } else { Err(last_fault("madvise(MADV_GUARD_INSTALL)")) }
}

/// Gives the contents of pages back, even if they allow no access. Does not split their mapping.
pub(crate) fn discard(span: Span) -> Result<(), SystemFault> {
    // SAFETY: the pages are mapped and belong to the caller, who gives their contents up.
    let answer = unsafe { libc::madvise(span.base.as_ptr().cast(), span.len, libc::MADV_DONTNEED_LOCKED) };
    if answer == 0 { Ok(()) } else { Err(last_fault("madvise(MADV_DONTNEED_LOCKED)")) }
}

/// Whether this process may lock as much as it likes: it is privileged, or there is no limit.
pub(crate) fn locks_without_limit() -> bool {
    use rustix::thread::{CapabilitySet, capabilities};
    memlock_limit().is_none() || capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK))
}

/// How many bytes this process has locked.
pub(crate) fn locked_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// How many mappings a process may have: `vm.max_map_count`. Allocates nothing, because it runs under BUFFER when a
/// buffer is frozen.
pub(crate) fn max_mappings() -> Option<u64> {
    let mut text = [0; 32];
    let len = std::fs::File::open("/proc/sys/vm/max_map_count").ok()?.read(&mut text).ok()?;
    std::str::from_utf8(text.get(..len)?).ok()?.trim().parse().ok()
}

/// How many mappings this process has. Allocates nothing, because it runs where memory is short and under BUFFER.
pub(crate) fn mappings() -> Option<u64> {
    let mut file = std::fs::File::open("/proc/self/maps").ok()?;
    let mut chunk = [0; 4096];
    let mut lines = 0;
    loop {
        match file.read(&mut chunk).ok()? {
            0 => return Some(lines),
            read => lines += chunk.iter().take(read).filter(|&&byte| byte == b'\n').count() as u64,
        }
    }
}

/// Whether the system may dump this process and lets others of the same user trace it (`PR_GET_DUMPABLE`).
pub(crate) fn dumpable() -> Option<bool> {
    dumpable_behavior().ok().map(|behaviour| behaviour == DumpableBehavior::Dumpable)
}

/// Forbids dumping and tracing, and sees that it is so.
pub(crate) fn forbid_dumping() -> Result<(), SystemFault> {
    const CALL: &str = "prctl(PR_SET_DUMPABLE)";
    /// No behaviour, so the system must refuse it. One that says yes to each call says that nothing is dumpable.
    const MADE_UP: libc::c_ulong = 77;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(fault(CALL))?;
    // SAFETY: the call changes a mark of the process at most.
    let is_believable = unsafe { libc::prctl(libc::PR_SET_DUMPABLE, MADE_UP, 0, 0, 0) } != 0;
    if is_believable && dumpable() == Some(false) { Ok(()) } else { Err(SystemFault { call: CALL, errno: IGNORED }) }
}
