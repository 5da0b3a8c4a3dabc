//! Which controls were seen to work. It is found out once for each process, on pages of its own, when the first pages
//! are mapped: what a process has seen is true for all its sessions. `linux` and `unix` have the same functions.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod unix;

#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as native;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use unix as native;

use super::sight::{Seen, Sight};
pub(crate) use native::{allows_reading, flags, guards_within_a_mapping, hiding as look_at_hiding, look};
use once_cell::race::{OnceBool, OnceBox};

/// What this process has seen of its controls.
static SEEN: OnceBox<Seen> = OnceBox::new();

/// Whether this process has seen single pages with guards between them work.
static SPACED: OnceBool = OnceBool::new();

/// What this process has seen of hidden pages.
static HIDING: OnceBox<Sight> = OnceBox::new();

/// What this process has seen of its controls. Racing threads look each, so none waits.
pub(crate) fn seen() -> &'static Seen {
    SEEN.get_or_init(|| Box::new(look(rustix::param::page_size())))
}

/// What this process has seen of hidden pages. It is found out when they are first asked for: to make one takes the
/// kernel longer than everything else here.
pub(crate) fn hiding() -> Sight {
    *HIDING.get_or_init(|| Box::new(native::hiding(rustix::param::page_size())))
}

/// Whether this process has seen that guards within a locked mapping stop accesses, and that the pages between them are
/// locked, kept out of core dumps, and zero in child processes.
pub(crate) fn spaced_pages_work() -> bool {
    SPACED.get_or_init(|| native::spaced_pages_work(rustix::param::page_size()))
}
