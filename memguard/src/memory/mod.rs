//! Where secrets live: the pool of page slots, the kinds of page they lie on, and the leaves that provide pages.
//!
//! ```text
//!   | guard page | canary … data | guard page |
//!                 ^ page aligned ^ page aligned: an overrun by one byte faults at once
//! ```
//!
//! The data lies at the right end of its pages. Canary bytes fill the space to its left. They are compared when the
//! slot is retired. If there is no space to its left, the data touches both guard pages.

//! Floors, top to bottom: `halves`; `pool`; `slot`; `store`, one file for each kind of page; `system`, which counts
//! what is mapped; `page`, the leaves.

mod audit;
mod canary;
mod counters;
mod error;
mod freezing;
mod halves;
mod held;
mod limit;
mod page;
mod policy;
mod pool;
mod preflight;
mod protected;
mod slot;
mod store;
mod system;
mod wide;

pub use audit::Audit;
pub use freezing::Freezing;
pub use held::{Held, OtherSessions};
pub use limit::Limit;
#[cfg(feature = "sim")]
pub use page::refusing::{Refusing, Reply};
#[cfg(feature = "sim")]
pub use page::sim::{Fault, Sim, SimReport};
pub use policy::{ControlKind, ControlPolicy, Isolation, MlockPolicy};
pub use preflight::{Control, Headroom, Limits, Preflight, preflight};
pub use protected::Protected;
pub use system::Footprint;

pub(crate) use counters::{Counter, MemoryCounters};
pub(crate) use error::MemoryError;
pub(crate) use freezing::Frozen;
pub(crate) use halves::{Half, key_pages};
pub(crate) use page::backend::{Access, Backend, Ignored, Span, SystemFault, answer};
pub(crate) use page::native::{dumpable, forbid_dumping};
pub(crate) use page::os::Os;
pub(crate) use page::process::forbid_core_dumps;
pub(crate) use policy::Policies;
pub(crate) use pool::{Pool, Scratch, Spare};
pub(crate) use slot::Slot;
pub(crate) use system::{Neighbours, System};
