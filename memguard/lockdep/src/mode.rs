//! How a lock is held, and how a thread asks for it.

use serde::Serialize;

/// How a lock is held.
///
/// ```
/// use memguard_lockdep::Mode;
/// assert!(Mode::Exclusive.conflicts(Mode::Recursive));
/// assert!(!Mode::Shared.conflicts(Mode::Shared));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mode {
    /// By readers, together. A reader that comes may wait behind a writer that waits.
    Shared,
    /// By readers, together. A reader that comes never waits behind a writer that waits.
    Recursive,
    /// By readers and one thread that may become the writer.
    Upgradable,
    /// By one thread alone.
    Exclusive,
}

impl Mode {
    /// Whether two threads cannot hold a lock in these modes at once.
    pub fn conflicts(self, other: Mode) -> bool {
        self == Mode::Exclusive || other == Mode::Exclusive || (self == Mode::Upgradable && other == Mode::Upgradable)
    }

    /// Whether a thread that wants the lock in this mode waits behind a writer that waits.
    pub(crate) fn queues(self) -> bool {
        self != Mode::Recursive
    }

    /// The word in reports.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Mode::Shared => "shared",
            Mode::Recursive => "shared, recursive",
            Mode::Upgradable => "upgradable",
            Mode::Exclusive => "exclusive",
        }
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        match bits & 3 {
            0 => Mode::Shared,
            1 => Mode::Recursive,
            2 => Mode::Upgradable,
            _ => Mode::Exclusive,
        }
    }
}

/// How long a thread waits for a lock that is not free.
///
/// ```
/// assert_ne!(memguard_lockdep::Wait::Block, memguard_lockdep::Wait::Try);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Wait {
    /// Until it is free.
    Block,
    /// Until it is free or a timeout has passed. A cycle of such waits ends by itself.
    Timed,
    /// Not at all. A thread that does not wait closes no cycle.
    Try,
}
