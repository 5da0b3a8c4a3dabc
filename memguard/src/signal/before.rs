//! What the system did with each signal before the library caught it.
//!
//! A forked child inherits the dispositions of its parent and this table, so they fit together there too.

use super::disposition::{Catcher, Disposition};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The largest number of a signal on Linux.
pub(super) const LARGEST: i32 = 64;

/// By number. Null for a signal that was never caught. An entry is never freed, because a signal handler may be reading
/// it.
static BEFORE: [AtomicPtr<Disposition>; LARGEST as usize + 1] =
    [const { AtomicPtr::new(ptr::null_mut()) }; LARGEST as usize + 1];

/// What the system did with the signal before `catcher` caught it, or does if `catcher` does not. Async-signal-safe.
pub(super) fn before(signal: i32) -> Disposition {
    let entry = usize::try_from(signal).ok().and_then(|signal| BEFORE.get(signal));
    let entry = entry.map_or(ptr::null_mut(), |entry| entry.load(Ordering::Acquire));
    // SAFETY: null or a leaked box.
    unsafe { entry.as_ref() }.copied().unwrap_or_default()
}

/// Makes the system call `catcher`. Returns what it did before, or `None` if it calls `catcher` already.
pub(super) fn take_over(signal: i32, catcher: Catcher) -> io::Result<Option<Disposition>> {
    let found = Disposition::of(signal)?;
    if found.is_caught_by(catcher) {
        return Ok(None);
    }
    // First, because the catcher may need it at once.
    if let Some(entry) = usize::try_from(signal).ok().and_then(|signal| BEFORE.get(signal)) {
        entry.store(Box::into_raw(Box::new(found)), Ordering::Release);
    }
    Disposition::caught_by(catcher).put(signal)?;
    Ok(Some(found))
}
