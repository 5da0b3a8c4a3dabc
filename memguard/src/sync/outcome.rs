//! How a lock is acquired, and how that can turn out.

// Exhaustive: `sync` is exempt from semantic versioning.
/// How a lock is held.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::Mode;
/// assert_ne!(Mode::Shared, Mode::Exclusive);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Together with other threads that hold it shared.
    Shared,
    /// By one thread alone.
    Exclusive,
}

// Exhaustive: `sync` is exempt from semantic versioning.
/// How a site acquires its lock.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Kind, Site};
/// assert_eq!(Site::PoolTake.kind(), Kind::Block);
/// assert_eq!(Site::RegistryAdd.kind(), Kind::Try);
/// assert_eq!(Site::CofferView.kind(), Kind::Timed);
/// assert_eq!(Site::BufferRead.kind(), Kind::Lease);
/// assert_eq!(Site::BuffersRead.kind(), Kind::Ordered);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Waits as long as it takes. Only for classes whose holders never wait for user code.
    Block,
    /// Takes the lock if it is free and does something else if not.
    Try,
    /// Waits, and gives up at a timeout.
    Timed,
    /// [`Timed`](Kind::Timed) if the thread holds no other lock of the class. Otherwise [`Try`](Kind::Try) with a
    /// bounded back-off, because waiting could close a cycle. The lock can be destroyed.
    Lease,
    /// One of several locks of the class that a thread takes at once. [`Timed`](Kind::Timed) even if the thread holds
    /// such locks, as long as it took all of them at sites of this kind and all of them have lower numbers. Otherwise
    /// [`Try`](Kind::Try) with a bounded back-off.
    Ordered,
}

impl Kind {
    /// The word that documents and reports use.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// assert_eq!(memguard::sync::Kind::Lease.label(), "timed, nested: try");
    /// # }
    /// ```
    pub const fn label(self) -> &'static str {
        match self {
            Kind::Block => "block",
            Kind::Try => "try",
            Kind::Timed => "timed",
            Kind::Lease => "timed, nested: try",
            Kind::Ordered => "timed in ascending order, nested: try",
        }
    }

    /// The outcomes that an acquisition of this kind can have, unless the site says otherwise.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Kind, Outcome};
    /// assert!(Kind::Try.outcomes().contains(Outcome::WouldBlock));
    /// # }
    /// ```
    pub const fn outcomes(self) -> Outcomes {
        Outcomes::of(match self {
            Kind::Block => &[Outcome::Acquired, Outcome::Contended],
            Kind::Try => &[Outcome::Acquired, Outcome::WouldBlock],
            Kind::Timed => &[Outcome::Acquired, Outcome::Contended, Outcome::TimedOut],
            Kind::Lease | Kind::Ordered => {
                &[Outcome::Acquired, Outcome::Contended, Outcome::WouldBlock, Outcome::TimedOut, Outcome::Destroyed]
            }
        })
    }
}

// Exhaustive: `sync` is exempt from semantic versioning.
/// The outcome of one acquisition.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Outcome, Site};
/// assert!(Site::RegistryAdd.can(Outcome::WouldBlock) && !Site::RegistryAdd.can(Outcome::Contended));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Taken at once.
    Acquired,
    /// Taken after a wait.
    Contended,
    /// Not free, and the site does not wait, or this thread must not.
    WouldBlock,
    /// Not free within the timeout.
    TimedOut,
    /// Taken, after a panic had left it marked.
    Poisoned,
    /// Refused, because what the lock guards was destroyed.
    Destroyed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &'static [Outcome] = &[
        Outcome::Acquired,
        Outcome::Contended,
        Outcome::WouldBlock,
        Outcome::TimedOut,
        Outcome::Poisoned,
        Outcome::Destroyed,
    ];

    /// The word that documents and reports use.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// assert_eq!(memguard::sync::Outcome::WouldBlock.label(), "would block");
    /// # }
    /// ```
    pub const fn label(self) -> &'static str {
        match self {
            Outcome::Acquired => "acquired",
            Outcome::Contended => "contended",
            Outcome::WouldBlock => "would block",
            Outcome::TimedOut => "timed out",
            Outcome::Poisoned => "poisoned",
            Outcome::Destroyed => "destroyed",
        }
    }
}

/// A set of outcomes.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Outcome, Outcomes};
/// let set = Outcomes::of(&[Outcome::Acquired, Outcome::Poisoned]);
/// assert!(set.contains(Outcome::Poisoned) && !set.contains(Outcome::TimedOut));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcomes(u8);

impl Outcomes {
    /// The set of these outcomes.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Outcome, Outcomes};
    /// assert!(!Outcomes::of(&[]).contains(Outcome::Acquired));
    /// # }
    /// ```
    pub const fn of(outcomes: &[Outcome]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < outcomes.len() {
            bits |= 1 << outcomes[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// This set with these outcomes added.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Kind, Outcome};
    /// assert!(Kind::Try.outcomes().with(&[Outcome::Poisoned]).contains(Outcome::Poisoned));
    /// # }
    /// ```
    pub const fn with(self, outcomes: &[Outcome]) -> Self {
        Self(self.0 | Self::of(outcomes).0)
    }

    /// This set without these outcomes.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Kind, Outcome};
    /// assert!(!Kind::Try.outcomes().without(&[Outcome::WouldBlock]).contains(Outcome::WouldBlock));
    /// # }
    /// ```
    pub const fn without(self, outcomes: &[Outcome]) -> Self {
        Self(self.0 & !Self::of(outcomes).0)
    }

    /// Whether the outcome is in the set.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Kind, Outcome};
    /// assert!(Kind::Timed.outcomes().contains(Outcome::TimedOut));
    /// # }
    /// ```
    pub const fn contains(self, outcome: Outcome) -> bool {
        self.0 & 1 << outcome as u8 != 0
    }
}
