//! The lock facade: the only place in memguard that names a lock.
//!
//! Locks are built with their [`Class`], whose rank is their place in the order, and acquired by naming a [`Site`], which
//! says what may be held there and what contention leads to. From these two tables come the checks of [`lockdep`], the tables
//! of `LOCK_ORDERING.md` and the coverage of the models.
//!
//! This module is public so that models, stress and benches can reach it; it follows the library's needs and is exempt from
//! semantic versioning.

mod condvar;
pub(crate) mod held;
mod holder;
mod hooks;
#[cfg(feature = "sim")]
mod instrument;
pub(crate) mod leaf;
mod lease;
pub mod lockdep;
mod mutex;
mod order;
mod process;
mod serial;
mod site;
mod wait_point;

pub use condvar::Condvar;
pub use holder::Holder;
#[doc(no_inline)]
pub use lockdep::{Kind, Outcome};
pub use mutex::{Mutex, MutexGuard, Poisoned, TryLockError};
pub use order::Class;
pub use site::Site;

pub(crate) use holder::LastHolder;
#[cfg(feature = "sim")]
pub(crate) use instrument::Instrument;
pub(crate) use leaf::{Ticker, atomic, cell};
pub(crate) use lease::{Doom, Entered, Lease, Patience, Refusal};
pub(crate) use lockdep::Mode;
pub(crate) use process::Process;
pub(crate) use wait_point::WaitPoint;

#[cfg(any(loom, shuttle))]
pub use leaf::model_control;
