//! What Unix systems other than Linux do not have. `linux.rs` has the same functions.

use super::backend::{Mapping, Span, SystemFault, fault, last_fault};
use super::process::memlock_limit;
use rustix::io::Errno;

/// Locks the pages into RAM. Where the system has an advice for it (FreeBSD), this keeps them out of core dumps too.
pub(crate) fn lock(span: Span) -> Result<(), SystemFault> {
    // SAFETY: the pages are mapped and belong to the caller; locking changes none of their bytes.
    if unsafe { memsec::mlock(span.base.as_ptr(), span.len) } { Ok(()) } else { Err(last_fault("mlock")) }
}

/// Keeps the pages out of core dumps. Here `RLIMIT_CORE` must do it.
pub(crate) fn keep_out_of_core_dumps(_: Span) -> Result<(), SystemFault> {
    Err(fault("madvise(MADV_DONTDUMP)")(Errno::NOSYS))
}

/// Asks that a child process finds zeros where this process has the pages.
pub(crate) fn wipe_on_fork(_: Span) -> Result<(), SystemFault> {
    Err(fault("madvise(MADV_WIPEONFORK)")(Errno::NOSYS))
}

/// Maps single pages with guards between them: one mapping for all. This system has no such guards.
pub(crate) fn map_spaced(_page_size: usize, _pages: usize) -> Option<Mapping> {
    None
}

/// Puts pages that the kernel itself does not map in the place of these. This system has none.
pub(crate) fn hide(_: Span) -> Result<(), SystemFault> {
    Err(fault("memfd_secret")(Errno::NOSYS))
}

/// Gives the contents of pages back by advice. This system has none that works on locked pages.
pub(crate) fn discard(_: Span) -> Result<(), SystemFault> {
    Err(fault("madvise(MADV_DONTNEED_LOCKED)")(Errno::NOSYS))
}

/// Whether this process may lock as much as it likes: there is no limit.
pub(crate) fn locks_without_limit() -> bool {
    memlock_limit().is_none()
}

/// How many bytes this process has locked. Not known here.
pub(crate) fn locked_bytes() -> Option<u64> {
    None
}

/// How many mappings a process may have. Not known here.
pub(crate) fn max_mappings() -> Option<u64> {
    None
}

/// How many mappings this process has. Not known here.
pub(crate) fn mappings() -> Option<u64> {
    None
}

/// Whether the system may dump this process and lets others of the same user trace it. Not known here.
pub(crate) fn dumpable() -> Option<bool> {
    None
}

/// Forbids dumping and tracing. Here `RLIMIT_CORE` must do it.
pub(crate) fn forbid_dumping() -> Result<(), SystemFault> {
    Ok(())
}
