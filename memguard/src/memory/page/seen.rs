//! Which controls were seen to work: the answer of the system alone does not show it. Emulators and filters answer with
//! success and do nothing.
//!
//! It is found out once for each process, on a page of its own, when the first pages are mapped.

use super::backend::{IGNORED, SystemFault};
use super::native;
use once_cell::race::OnceBox;

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

/// What a process has seen is true for all its sessions, so it is kept once.
static SEEN: OnceBox<Seen> = OnceBox::new();

/// What this process has seen. Racing threads look each, so none waits.
pub(crate) fn seen() -> &'static Seen {
    SEEN.get_or_init(|| Box::new(native::look(rustix::param::page_size())))
}
