//! What can go wrong with memory.

use super::limit::Limit;
use super::page::backend::SystemFault;
use thiserror::Error;

/// Why memory was refused, or was found changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum MemoryError {
    #[error("a secret has at least one byte")]
    EmptyLength,

    #[error("{len} bytes cannot be mapped: the most is {max}")]
    TooLong { len: usize, max: usize },

    #[error(transparent)]
    Limit(#[from] Limit),

    /// The system refused a call for a reason that is not a limit.
    #[error("{call} failed: {reason}", reason = std::io::Error::from_raw_os_error(*.errno))]
    System { call: &'static str, errno: i32 },

    #[error("memory around a secret was overwritten")]
    Corrupted,
}

impl MemoryError {
    /// The error for a caller who wanted this many bytes when a call was refused.
    pub(super) fn of(fault: SystemFault, wanted: usize) -> Self {
        let SystemFault { call, errno } = fault;
        Limit::behind(call, errno, wanted).map_or(Self::System { call, errno }, Self::Limit)
    }
}

impl From<SystemFault> for MemoryError {
    fn from(fault: SystemFault) -> Self {
        Self::of(fault, 0)
    }
}
