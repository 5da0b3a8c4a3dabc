//! The state of a session at one moment, as it is asked for.

use crate::counters::Degraded;
use crate::memory::Footprint;

/// The state of a session at one moment.
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
    /// Completed rekeys.
    pub rekeys: u64,
    /// Completed purges.
    pub purges: u64,
    /// Everything that was done in another way than at first hoped.
    pub degraded: Degraded,
}
