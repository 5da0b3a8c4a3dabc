//! A lock for instruments. It is not part of any lock order and no model sees it: what it guards observes the program
//! and never decides anything in it.

#![allow(clippy::disallowed_types, reason = "an instrument takes no part in the lock order")]

use std::fmt;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

/// Tells one process from the others that descend from one another by `fork`.
pub(crate) trait Process {
    /// A number that this process has and none of its ancestors had. 0 while the process is not known.
    fn number() -> u32;
}

/// Data of an instrument, changed in short steps that take no other lock. It starts at its default.
///
/// A forked child starts with the default again: a thread of the parent may have held the lock when the copy was made.
pub(crate) struct Instrument<T, P: Process>(AtomicPtr<InProcess<T>>, PhantomData<fn() -> P>);

struct InProcess<T> {
    process: u32,
    data: Mutex<T>,
}

// SAFETY: the pointer owns an `InProcess`, which is only reached through its mutex.
unsafe impl<T: Send, P: Process> Sync for Instrument<T, P> {}
// SAFETY: as above: sending the instrument sends the data.
unsafe impl<T: Send, P: Process> Send for Instrument<T, P> {}

impl<T, P: Process> Instrument<T, P> {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()), PhantomData)
    }
}

impl<T: Default, P: Process> Instrument<T, P> {
    /// Runs `step` on the data. A panic in `step` marks nothing: an instrument reports about panics and outlives them.
    pub(crate) fn with<R>(&self, step: impl FnOnce(&mut T) -> R) -> R {
        match P::number() {
            // A value kept for no process would be replaced, and leaked, as soon as the process is known.
            0 => step(&mut T::default()),
            process => step(&mut self.here(process).data.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    fn here(&self, process: u32) -> &InProcess<T> {
        let mut found = self.0.load(Ordering::Acquire);
        loop {
            // SAFETY: the pointer is null, or to a box that this process never frees while the instrument lives.
            match unsafe { found.as_ref() } {
                Some(here) if here.process == process => return here,
                _ => found = self.install(found, process),
            }
        }
    }

    /// Puts a fresh value in place of `found`. The parent's value is left as it is, because its state is not known.
    #[cold]
    fn install(&self, found: *mut InProcess<T>, process: u32) -> *mut InProcess<T> {
        let new = Box::into_raw(Box::new(InProcess { process, data: Mutex::default() }));
        match self.0.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => new,
            Err(theirs) => {
                // SAFETY: made above and shown to no other thread.
                drop(unsafe { Box::from_raw(new) });
                theirs
            }
        }
    }
}

impl<T, P: Process> Drop for Instrument<T, P> {
    fn drop(&mut self) {
        let mine = *self.0.get_mut();
        if !mine.is_null() {
            // SAFETY: `install` made it from a box, and no thread refers to it any more.
            let mine = unsafe { Box::from_raw(mine) };
            if mine.process != P::number() {
                std::mem::forget(mine);
            }
        }
    }
}

impl<T, P: Process> fmt::Debug for Instrument<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instrument(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Instrument, Process};
    use std::cell::Cell;
    use std::sync::atomic::Ordering;

    thread_local! { static NUMBER: Cell<u32> = const { Cell::new(0) }; }

    struct Pretended;

    impl Process for Pretended {
        fn number() -> u32 {
            NUMBER.get()
        }
    }

    /// LeakSanitizer found a value that was kept before the process was known.
    #[test]
    fn nothing_is_kept_for_no_process() {
        let instrument = Instrument::<Vec<u8>, Pretended>::new();
        instrument.with(|kept| kept.push(1));
        assert!(instrument.0.load(Ordering::Relaxed).is_null());
        NUMBER.set(7);
        instrument.with(|kept| kept.push(2));
        assert_eq!(instrument.with(|kept| kept.clone()), [2]);
    }
}
