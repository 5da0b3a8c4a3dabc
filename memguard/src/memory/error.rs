//! What can go wrong with memory.

use super::limit::Limit;
use super::page::backend::{SystemFault, answer};
use super::policy::ControlKind;
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
    #[error("{call} failed: {reason}", reason = answer(*.errno))]
    System { call: &'static str, errno: i32 },

    /// A control that the session requires does not work.
    #[error("{control}: {call}")]
    Control { control: ControlKind, call: &'static str, errno: i32 },

    #[error("memory around a secret was overwritten")]
    Corrupted,

    #[error("the system refused every way to wipe a secret")]
    Unwiped,
}

impl MemoryError {
    /// The error for a caller who wanted this many bytes when a call was refused.
    pub(super) fn of(fault: SystemFault, wanted: usize) -> Self {
        let SystemFault { call, errno } = fault;
        Limit::behind(call, errno, wanted).map_or(Self::System { call, errno }, Self::Limit)
    }

    /// The error for a caller whose session requires the control that was refused.
    pub(super) fn without(control: ControlKind, fault: SystemFault, wanted: usize) -> Self {
        match Self::of(fault, wanted) {
            // A process that has no descriptor left may have the control.
            Self::System { call, errno: errno @ (libc::EMFILE | libc::ENFILE) } => Self::System { call, errno },
            Self::System { call, errno } => Self::Control { control, call, errno },
            limit => limit,
        }
    }
}

impl From<SystemFault> for MemoryError {
    fn from(fault: SystemFault) -> Self {
        Self::of(fault, 0)
    }
}
