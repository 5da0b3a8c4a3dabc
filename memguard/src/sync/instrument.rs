//! lockdep's lock for instruments, in this library's processes. The simulated pages are an instrument too.

use super::leaf::process::process_number;
use super::lockdep::{self, Process};

/// The process as the kernel knows it, even if a model pretends another one.
pub(crate) struct ThisProcess;

impl Process for ThisProcess {
    fn number() -> u32 {
        process_number()
    }
}

/// Data of an instrument, changed in short steps that take no other lock. It starts at its default, in a forked child
/// too.
pub(crate) type Instrument<T> = lockdep::Instrument<T, ThisProcess>;
