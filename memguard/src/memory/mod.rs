//! Where secrets live: page slots, the pool that reuses them, and the two leaves that provide pages.
//!
//! ```text
//!   | guard page | canary … data | guard page |
//!                 ^ page aligned ^ page aligned: an overrun by one byte faults at once
//! ```
//!
//! The data lies at the right end of its pages. Whatever its length leaves free to its left is filled with canary bytes,
//! which are compared when the slot is retired. Where nothing is left free, the data touches both guard pages.

mod backend;
mod counted;
mod limit;
mod os;
mod policy;
mod pool;
#[cfg(feature = "sim")]
mod sim;
mod slot;

pub use counted::Footprint;
pub use limit::Limit;
pub use policy::MlockPolicy;
pub use pool::Audit;
#[cfg(feature = "sim")]
pub use sim::{Fault, Sim, SimReport};

pub(crate) use backend::{Access, Backend, SystemFault};
pub(crate) use os::Os;
pub(crate) use pool::{Pool, Scratch};
pub(crate) use slot::Slot;
