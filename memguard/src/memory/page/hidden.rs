//! Pages that the kernel takes out of its own map of memory (`memfd_secret`, Linux 5.14). So nothing that goes through
//! the kernel reaches them: not `/proc/PID/mem`, not a debugger, not a core dump.

use super::backend::{IGNORED, Span, SystemFault, fault, last_fault};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};
use std::fs::File;
use std::os::fd::{FromRawFd, RawFd};
use std::ptr;

/// The call that a fault of this file names, unless another call was refused.
pub(crate) const MEMFD_SECRET: &str = "memfd_secret";

/// libc does not have the number for every processor. Calls as new as these two have the same distance everywhere.
const NUMBER: libc::c_long = libc::SYS_openat2 + 10;

/// `MREMAP_MAYMOVE | MREMAP_FIXED`, which libc does not have for Android, as it does not have `mremap`.
const MOVE: libc::c_int = 1 | 2;

/// What `fstatfs` says of such a file, from `linux/magic.h`.
const MAGIC: u32 = 0x5345_434d;

/// Puts hidden pages, all zero, in the place of these. They are locked, and neither a core dump nor a child gets them.
/// On an error, the old pages are there as before.
pub(crate) fn hide(span: Span) -> Result<(), SystemFault> {
    let (base, len) = (span.base.as_ptr().cast::<libc::c_void>(), span.len);
    let file = file(len)?;
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // At an address that the kernel chooses: where it is told the address, a refusal may leave a hole in the old pages.
    // SAFETY: a new mapping at such an address touches nothing that exists.
    let new = unsafe { mmap(ptr::null_mut(), len, access, MapFlags::SHARED, &file, 0) }.map_err(fault("mmap"))?;
    if new.is_null() {
        return Err(SystemFault { call: "mmap", errno: IGNORED });
    }
    // A child would share the pages.
    // SAFETY: the range was mapped above, and no other code knows it.
    let placed = unsafe { madvise(new, len, Advice::LinuxDontFork) }
        .map_err(fault("madvise(MADV_DONTFORK)"))
        // SAFETY: as above, and the pages at the base belong to the caller, who gives their contents up.
        .and_then(|()| match unsafe { libc::syscall(libc::SYS_mremap, new, len, len, MOVE, base) } {
            -1 => Err(last_fault("mremap")),
            at if at.cast_unsigned() as usize == base.addr() => Ok(()),
            _ => Err(SystemFault { call: "mremap", errno: IGNORED }),
        });
    if placed.is_err() {
        // SAFETY: as above. A failure would only leak pages without data.
        let _ = unsafe { munmap(new, len) };
    }
    placed
}

/// A file of hidden pages. The mapping keeps it.
fn file(len: usize) -> Result<File, SystemFault> {
    // SAFETY: makes a descriptor and touches nothing that exists.
    let answer = unsafe { libc::syscall(NUMBER, libc::O_CLOEXEC) };
    let file = RawFd::try_from(answer).ok().filter(|&file| file >= 0).ok_or_else(|| last_fault(MEMFD_SECRET))?;
    if !is_hidden(file) {
        // A success that made no such file. The number may be a descriptor of other code.
        return Err(SystemFault { call: MEMFD_SECRET, errno: IGNORED });
    }
    // SAFETY: the call above made the descriptor.
    let file = unsafe { File::from_raw_fd(file) };
    let refused =
        |error: std::io::Error| SystemFault { call: "ftruncate", errno: error.raw_os_error().unwrap_or_default() };
    file.set_len(len as u64).map_err(refused)?;
    Ok(file)
}

/// Whether the descriptor is a file of hidden pages.
fn is_hidden(file: RawFd) -> bool {
    // SAFETY: all fields are numbers, for which zero is valid.
    let mut about: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a live value.
    let answer = unsafe { libc::fstatfs(file, &mut about) };
    // The field has another type on each processor.
    answer == 0 && about.f_type as u32 == MAGIC
}
