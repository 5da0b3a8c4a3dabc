//! A lock for instruments. It is not part of any lock order and no model sees it: what it guards observes the program
//! and never decides anything in it.

#![allow(clippy::disallowed_types, reason = "an instrument takes no part in the lock order")]

use once_cell::race::OnceBox;
use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::sync::{Mutex, PoisonError};

/// Data of an instrument, changed in short steps that take no other lock. It starts at its default.
///
/// A forked child starts with the default again: a thread of the parent may have held the lock when the copy was made.
pub(crate) struct Instrument<T: Default> {
    /// Gives a number that this process has and none of its ancestors had. 0 while the process is not known.
    process_number: fn() -> u32,
    first: OnceBox<InProcess<T>>,
}

struct InProcess<T> {
    process: u32,
    /// Dropped only in its own process, because the state of an ancestor's data is not known.
    data: Mutex<ManuallyDrop<T>>,
    /// The data in a forked child.
    next: OnceBox<InProcess<T>>,
}

impl<T: Default> Instrument<T> {
    pub(crate) const fn new(process_number: fn() -> u32) -> Self {
        Self { process_number, first: OnceBox::new() }
    }

    /// Runs `step` on the data. A panic in `step` marks nothing: an instrument reports about panics and outlives them.
    pub(crate) fn with<R>(&self, step: impl FnOnce(&mut T) -> R) -> R {
        let process = (self.process_number)();
        if process == 0 {
            // A value kept for no process would be replaced, and leaked, as soon as the process is known.
            return step(&mut T::default());
        }
        let new = || Box::new(InProcess { process, data: Mutex::default(), next: OnceBox::new() });
        let mut here = self.first.get_or_init(new);
        while here.process != process {
            here = here.next.get_or_init(new);
        }
        step(&mut here.data.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: Default> Drop for Instrument<T> {
    fn drop(&mut self) {
        self.with(|data| drop(mem::take(data)));
    }
}

impl<T: Default> fmt::Debug for Instrument<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instrument(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Instrument;
    use std::cell::Cell;

    thread_local! { static NUMBER: Cell<u32> = const { Cell::new(0) }; }

    /// LeakSanitizer found a value that was kept before the process was known.
    #[test]
    fn nothing_is_kept_for_no_process() {
        let instrument = Instrument::<Vec<u8>>::new(|| NUMBER.get());
        instrument.with(|kept| kept.push(1));
        assert!(instrument.first.get().is_none());
        NUMBER.set(7);
        instrument.with(|kept| kept.push(2));
        assert_eq!(instrument.with(|kept| kept.clone()), [2]);
        // A forked child starts anew.
        NUMBER.set(8);
        assert!(instrument.with(|kept| kept.is_empty()));
    }
}
