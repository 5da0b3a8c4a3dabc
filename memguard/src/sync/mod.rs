//! The lock facade: the only place in memguard that names a lock.
//!
//! A lock is made with its [`Class`], whose rank is its place in the order. It is acquired with a [`Site`], which says
//! how it does so and what happens on contention. The checks of lockdep, the tables of `LOCK_ORDERING.md` and the
//! coverage of the models come from these two tables.
//!
//! The cargo feature `internals` makes this module public, for tests and tools: models, stress, benches. It is exempt
//! from semantic versioning.

// What only tests and tools use is dead code without them.
#![cfg_attr(not(feature = "internals"), allow(dead_code, unused_imports))]

mod condvar;
mod contain;
mod drop;
pub(crate) mod held;
mod holder;
mod hooks;
#[cfg(any(feature = "lockdep", feature = "sim"))]
mod instrument;
pub(crate) mod leaf;
mod lease;
#[cfg(feature = "lockdep")]
pub mod lockdep;
mod mutex;
mod order;
mod outcome;
mod process;
mod raw_condvar;
mod raw_lock;
mod serial;
mod shard;
mod site;
mod visited;
mod wait_point;

pub use condvar::{Condvar, WaitError};
pub use holder::Holder;
pub use mutex::{Mutex, MutexGuard, Poisoned, TryLockError};
pub use order::Class;
pub use outcome::{Kind, Mode, Outcome, Outcomes};
pub use site::Site;

pub(crate) use contain::contain;
pub(crate) use drop::{OnDrop, impl_drop};
pub(crate) use holder::LastHolder;
#[cfg(feature = "sim")]
pub(crate) use instrument::Instrument;
pub(crate) use leaf::bell::Bell;
pub(crate) use leaf::thread::OwnThread;
pub(crate) use leaf::wish::Wish;
pub(crate) use leaf::{atomic, cell, end_visits, thread_number, visit_at_interval};
pub(crate) use lease::{Doom, Entered, Lease, Patience, Refusal};
pub(crate) use process::Process;
pub(crate) use shard::{ShardArc, ShardArcs, Shards};
pub(crate) use visited::Visited;
pub(crate) use wait_point::WaitPoint;

pub use leaf::model_control;
