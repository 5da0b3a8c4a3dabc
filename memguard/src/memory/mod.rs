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
mod counted;
mod limit;
mod packing;
mod page;
mod policy;
mod pool;
mod preflight;
mod slot;
mod store;

pub use audit::Audit;
pub use counted::Footprint;
pub use limit::Limit;
#[cfg(feature = "sim")]
pub use page::sim::{Fault, Sim, SimReport};
pub use policy::MlockPolicy;
pub use preflight::{Control, Headroom, Limits, Preflight, preflight};
pub use store::packed::Isolation;

pub(crate) use page::linux::Os;
pub(crate) use page::{Access, Backend, SystemFault};
pub(crate) use pool::{Pool, Scratch};
pub(crate) use slot::Slot;
