//! Which process a value belongs to. A forked child inherits a copy of every value, but not the threads that may have
//! been changing it. So nothing inherited is ever used.

use super::leaf::{process, process_number};

/// One of the processes that descend from one another by `fork`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// The calling process.
    #[inline]
    pub(crate) fn current() -> Self {
        Self(process_number())
    }

    /// Whether a forked child is always told from its parent.
    #[inline]
    pub(crate) fn is_certain(self) -> bool {
        process::is_certain()
    }

    /// Whether the calling process is a forked child of one that used this library.
    pub(crate) fn is_forked() -> bool {
        process::is_forked()
    }

    /// Whether it is the calling process.
    #[inline]
    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }
}
