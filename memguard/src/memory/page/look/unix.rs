//! Other systems show no effect of a control, so a success is not verifiable. They refuse what they do not have.

use crate::memory::page::backend::{Span, SystemFault, fault};
use crate::memory::page::sight::{Seen, Sight};
use crate::memory::page::unix::{discard, keep_out_of_core_dumps, lock, wipe_on_fork};
use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use std::ptr::{self, NonNull};

/// What is seen of each control.
pub(crate) fn look(len: usize) -> Seen {
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new private mapping at an address that the kernel chooses touches nothing that exists.
    let start = unsafe { mmap_anonymous(ptr::null_mut(), len, access, MapFlags::PRIVATE) }
        .and_then(|start| NonNull::new(start).ok_or(Errno::NOMEM))
        .map_err(fault("mmap"));
    let start = match start {
        Ok(start) => start,
        Err(fault) => return Seen::all(Sight::Fails(fault)),
    };
    let span = Span { base: start.cast(), len };
    let sight = |call, answered: Result<(), SystemFault>| Sight::of(call, answered, None);
    // SAFETY: the page was made above, and no other code knows it.
    let protected = unsafe { mprotect(start.as_ptr(), len, MprotectFlags::READ | MprotectFlags::WRITE) };
    let seen = Seen {
        lock: sight("mlock", lock(span)),
        dump: sight("madvise(MADV_DONTDUMP)", keep_out_of_core_dumps(span)),
        fork: sight("madvise(MADV_WIPEONFORK)", wipe_on_fork(span)),
        protect: sight("mprotect", protected.map_err(fault("mprotect"))),
        discard: sight("madvise(MADV_DONTNEED_LOCKED)", discard(span)),
    };
    // SAFETY: as above. A failure leaves a page without data.
    let _ = unsafe { munmap(start.as_ptr(), len) };
    seen
}

/// Whether guards can be set without splitting a mapping.
pub(crate) fn guards_within_a_mapping(_page_size: usize) -> Sight {
    Sight::Fails(fault("madvise(MADV_GUARD_INSTALL)")(Errno::NOSYS))
}

/// Whether pages can be hidden.
pub(crate) fn hiding(_page_size: usize) -> Sight {
    Sight::Fails(fault("memfd_secret")(Errno::NOSYS))
}

/// Whether the page at this address may be read. Nothing tells.
pub(crate) fn allows_reading(_page: *mut u8) -> Option<bool> {
    None
}

/// The flags of the mapping at this address. Nothing tells.
pub(crate) fn flags(_address: usize) -> Option<String> {
    None
}

/// Whether single pages with guards between them can be had.
pub(super) fn spaced_pages_work(_page_size: usize) -> bool {
    false
}
