//! Other systems show no effect of a control: their calls tell what they refuse.

use crate::memory::page::backend::fault;
use crate::memory::page::sight::{Seen, Sight};
use rustix::io::Errno;

/// What is seen of each control.
pub(crate) fn look(_page_size: usize) -> Seen {
    Seen::all(Sight::NotVerifiable)
}

/// Whether guards can be set without splitting a mapping.
pub(crate) fn guards_within_a_mapping(_page_size: usize) -> Sight {
    Sight::Fails(fault("madvise(MADV_GUARD_INSTALL)")(Errno::NOSYS))
}

/// Whether single pages with guards between them can be had.
pub(super) fn spaced_pages_work(_page_size: usize) -> bool {
    false
}
