//! Which process a value belongs to. A forked child inherits a copy of everything, but not the threads that may have been
//! halfway through it, so nothing inherited is used: it is refused with [`Error::Forked`](crate::Error::Forked).

use super::leaf::process_number;

/// One process, among all that descend from one another by `fork`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// The process that asks.
    #[inline]
    pub(crate) fn current() -> Self {
        Self(process_number())
    }

    /// Whether it is the process that asks.
    #[inline]
    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }
}
