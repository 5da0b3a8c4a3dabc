//! What was seen of a control. The answer of the system alone does not show that it works: emulators and filters answer
//! with success and do nothing.

use super::backend::{IGNORED, SystemFault};

/// What was seen of one control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Its effect.
    Works,
    /// A success, and nothing of its effect.
    NotVerifiable,
    /// A refusal, or a success without its effect.
    Fails(SystemFault),
}

impl Sight {
    /// What a call and a look at its effect say together. `effect` is `None` if nothing shows it.
    pub(super) fn of(call: &'static str, answered: Result<(), SystemFault>, effect: Option<bool>) -> Self {
        match (answered, effect) {
            (Err(fault), _) => Self::Fails(fault),
            (Ok(()), None) => Self::NotVerifiable,
            (Ok(()), Some(true)) => Self::Works,
            (Ok(()), Some(false)) => Self::Fails(SystemFault { call, errno: IGNORED }),
        }
    }

    /// An error if a success of this control means nothing. A refusal will be told by the next call.
    pub(crate) fn check(self) -> Result<(), SystemFault> {
        match self {
            Self::Fails(fault) if fault.errno == IGNORED => Err(fault),
            _ => Ok(()),
        }
    }
}

/// What was seen of each control.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) lock: Sight,
    pub(crate) dump: Sight,
    pub(crate) fork: Sight,
    /// `mprotect`: guards, freezing and concealing.
    pub(crate) protect: Sight,
    /// [`Backend::discard`](super::backend::Backend::discard) by advice.
    pub(crate) discard: Sight,
}

impl Seen {
    pub(crate) const fn all(sight: Sight) -> Self {
        Self { lock: sight, dump: sight, fork: sight, protect: sight, discard: sight }
    }
}
