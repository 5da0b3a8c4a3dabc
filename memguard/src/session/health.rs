//! The state of a session at one moment.

use crate::core::{Core, Degraded};
use crate::memory::{ControlKind, Footprint, Limits, key_pages};

/// The state of a session at one moment.
///
/// ```
/// let session = memguard::Session::new()?;
/// let _buffer = session.buffer(8)?;
/// let health = session.health();
/// assert_eq!((health.live_buffers, health.registered, health.purges), (1, 1, 0));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Buffers created and not yet wiped.
    pub live_buffers: u64,
    /// Buffers in the registry. Equal to `live_buffers` when no call is in flight and nothing is parked or handed over.
    pub registered: u64,
    /// Buffers that wait to enter or leave the registry.
    pub parked: u64,
    /// Buffers destroyed during an access that has not ended yet. The accessing thread wipes them.
    pub handed_over: u64,
    /// The pages of the session.
    pub footprint: Footprint,
    /// The pages that all sessions of this process share for their keys. They are not part of `footprint`. About 124
    /// keys lie on a pair of pages.
    pub key_pages: Footprint,
    /// Completed rekeys.
    pub rekeys: u64,
    /// Completed purges.
    pub purges: u64,
    /// Degraded outcomes, by kind.
    pub degraded: Degraded,
}

impl Health {
    pub(super) fn of(core: &Core) -> Self {
        let counters = &core.counters;
        let (registered, parked) = core.registry.count();
        Self {
            live_buffers: counters.live_buffers(),
            registered,
            parked,
            handed_over: counters.awaiting_handover.get(),
            footprint: core.pool.backend().footprint(),
            key_pages: key_pages(),
            rekeys: counters.rekeys.get(),
            purges: counters.purges.get(),
            degraded: counters.degraded(),
        }
    }

    /// The limits of the process, and how far it is from them at the time of this call. Reads `/proc`.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.health().limits().mappings.left() != Some(0));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn limits(&self) -> Limits {
        Limits::now()
    }

    /// The controls that can fail for single pages, and whether each was in force for every page of this session so
    /// far. A control that the session does not use counts as in force. [`preflight`](crate::preflight) looks at all
    /// controls, before there is a secret.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.health().controls().all(|(_, in_force)| in_force));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn controls(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let degraded = &self.degraded;
        [
            (ControlKind::Lock.name(), degraded.unlocked_pages == 0),
            (ControlKind::Dump.name(), degraded.dumpable_pages == 0),
            (ControlKind::Fork.name(), degraded.inheritable_pages == 0),
            (ControlKind::Guard.name(), degraded.unguarded_pages == 0),
            (ControlKind::Hide.name(), degraded.unhidden_pages == 0),
            ("concealed at rest", degraded.unconcealed == 0),
        ]
        .into_iter()
    }
}
