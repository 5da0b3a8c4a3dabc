//! The kinds of bugs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::kill_matrix::detector::Detector;

/// What goes wrong. A kind says whether it is about locks, and which detectors should notice it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Two locks are taken in an order that another path reverses.
    Inversion,
    /// A path waits where it must only try, or has no answer to a lock that is held.
    MissingFallback,
    /// A parked registration or its removal is forgotten.
    DroppedPark,
    /// The wipe that one thread leaves to another is lost, or happens too early.
    LostHandOver,
    /// A thread sleeps on, or was never woken.
    LostWakeUp,
    /// A thread waits for longer than the others work.
    Unfairness,
    /// A key is split anew in part only, or its end is not noted.
    TornRekey,
    /// Bytes are not wiped, or only some of them.
    SkippedWipe,
    /// A copy of a secret is left outside the pages that are wiped.
    CopyLeft,
    /// A counter, a report or a log line says something else than what happened.
    WrongCounter,
    /// An atomic has an order that is too weak, or a protocol's steps are in the wrong order.
    WeakOrdering,
    /// The mark that a panic leaves on a lock is not looked at.
    IgnoredPoison,
    /// Pages are lost, or kept after their session.
    LeakedPages,
    /// A wait ends too early, too late, or its end is taken for success.
    WrongTimeout,
    /// A forked child uses what is its parent's.
    UnsafeFork,
    /// A signal comes at the wrong time, and what it must do is not done.
    SignalRace,
    /// Two secrets are encrypted with one key and one nonce.
    NonceReuse,
    /// Sealed bytes that were changed, or belong elsewhere, open.
    WeakBinding,
    /// An overwritten canary is not noticed.
    UncheckedCanary,
    /// A guard page is missing.
    MissingGuard,
    /// One slot is given to two owners.
    DoubleHandOut,
    /// A lock is held for as long as the work takes.
    SlowSection,
    /// Code of the user runs while the library holds a lock.
    ForeignUnderLock,
    /// A thread of the library outlives what it works for.
    UnjoinedThread,
    /// A limit of the system is mistold, or not kept.
    WrongLimit,
    /// A call returns something else than it promises.
    WrongAnswer,
    /// The lock checker for programs misses a deadlock, or reports one that cannot happen.
    WrongCheck,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::Inversion,
        Self::MissingFallback,
        Self::DroppedPark,
        Self::LostHandOver,
        Self::LostWakeUp,
        Self::Unfairness,
        Self::TornRekey,
        Self::SkippedWipe,
        Self::CopyLeft,
        Self::WrongCounter,
        Self::WeakOrdering,
        Self::IgnoredPoison,
        Self::LeakedPages,
        Self::WrongTimeout,
        Self::UnsafeFork,
        Self::SignalRace,
        Self::NonceReuse,
        Self::WeakBinding,
        Self::UncheckedCanary,
        Self::MissingGuard,
        Self::DoubleHandOut,
        Self::SlowSection,
        Self::ForeignUnderLock,
        Self::UnjoinedThread,
        Self::WrongLimit,
        Self::WrongAnswer,
        Self::WrongCheck,
    ];

    /// Its name in a patch and in a record.
    pub fn label(self) -> &'static str {
        self.facts().0
    }

    /// Whether it is a bug of locks and waits. Two detectors must notice such a bug.
    pub fn is_of_locks(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Inversion
                | MissingFallback
                | DroppedPark
                | LostHandOver
                | LostWakeUp
                | Unfairness
                | TornRekey
                | WeakOrdering
                | IgnoredPoison
                | WrongTimeout
                | SlowSection
                | ForeignUnderLock
                | UnjoinedThread
        )
    }

    /// The detectors that are made for such bugs.
    pub fn expected(self) -> &'static [Detector] {
        self.facts().1
    }

    fn facts(self) -> (&'static str, &'static [Detector]) {
        use Detector::*;
        match self {
            Self::Inversion => ("inversion", &[Sim, Shuttle, Tests, Loom]),
            Self::MissingFallback => ("missing-fallback", &[Sim, Shuttle, Tests, Loom]),
            Self::DroppedPark => ("dropped-park", &[Sim, Shuttle, Loom]),
            Self::LostHandOver => ("lost-hand-over", &[Sim, Shuttle, Loom]),
            Self::LostWakeUp => ("lost-wake-up", &[Sim, Shuttle, Loom]),
            Self::Unfairness => ("unfairness", &[Stress, Tests]),
            Self::TornRekey => ("torn-rekey", &[Sim, Shuttle, Loom]),
            Self::SkippedWipe => ("skipped-wipe", &[Tests]),
            Self::CopyLeft => ("copy-left", &[Tests]),
            Self::WrongCounter => ("wrong-counter", &[Sim, Tests]),
            Self::WeakOrdering => ("weak-ordering", &[Loom, Miri]),
            Self::IgnoredPoison => ("ignored-poison", &[Tests, Loom]),
            Self::LeakedPages => ("leaked-pages", &[Tests]),
            Self::WrongTimeout => ("wrong-timeout", &[Tests]),
            Self::UnsafeFork => ("unsafe-fork", &[Tests]),
            Self::SignalRace => ("signal-race", &[Tests]),
            Self::NonceReuse => ("nonce-reuse", &[Tests]),
            Self::WeakBinding => ("weak-binding", &[Inputs, Tests, Fuzz]),
            Self::UncheckedCanary => ("unchecked-canary", &[Inputs, Tests, Fuzz]),
            Self::MissingGuard => ("missing-guard", &[Tests]),
            Self::DoubleHandOut => ("double-hand-out", &[Sim, Tests]),
            Self::SlowSection => ("slow-section", &[Tests]),
            Self::ForeignUnderLock => ("foreign-under-lock", &[Tests]),
            Self::UnjoinedThread => ("unjoined-thread", &[Tests]),
            Self::WrongLimit => ("wrong-limit", &[Tests]),
            Self::WrongAnswer => ("wrong-answer", &[Inputs, Tests, Fuzz]),
            Self::WrongCheck => ("wrong-check", &[Inputs, Fuzz]),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}
