//! Where secrets live: page slots, the pool that reuses them, and the two leaves that provide pages.
//!
//! ```text
//!   | guard page | canary … data | guard page |
//!                 ^ page aligned ^ page aligned: an overrun by one byte faults at once
//! ```
//!
//! The data lies at the right end of its pages. Whatever its length leaves free to its left is filled with canary bytes,
//! which are compared when the slot is retired. Where nothing is left free, the data touches both guard pages.

mod audit;
mod backend;
mod counted;
mod dense;
mod limit;
mod os;
mod packed;
mod packing;
mod policy;
mod pool;
mod preflight;
mod shelf;
#[cfg(feature = "sim")]
mod sim;
mod slot;

pub use audit::Audit;
pub use counted::Footprint;
pub use limit::Limit;
pub use packed::Isolation;
pub use policy::MlockPolicy;
pub use preflight::{Control, Headroom, Limits, Preflight, preflight};
#[cfg(feature = "sim")]
pub use sim::{Fault, Sim, SimReport};

pub(crate) use backend::{Access, Backend, SystemFault};
pub(crate) use os::Os;
pub(crate) use pool::{Pool, Scratch};
pub(crate) use slot::Slot;
