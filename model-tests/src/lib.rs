//! The harness of memguard's loom models. The models themselves are in `tests/`, one file per family.
//!
//! A model runs a small concurrent program under every schedule that loom distinguishes. It needs loom in place of the
//! real locks and atomics, in the library as well:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p model-tests --release
//! ```
//!
//! Without the cfg this crate has no models, because a model on real locks would try one schedule and prove nothing. It
//! has only the tables of `LOCK_ORDERING.md` and the test that compares them with the page. `README.md` beside this
//! crate says how to read the output and how to add a model.

#[cfg(loom)]
mod deeper;
#[cfg(loom)]
mod gate;
#[cfg(loom)]
mod journal;
pub mod lock_tables;
#[cfg(loom)]
mod model;
#[cfg(loom)]
mod panics;
#[cfg(loom)]
mod place;
#[cfg(loom)]
mod record;
#[cfg(loom)]
mod replay;
#[cfg(loom)]
mod runner;
#[cfg(loom)]
mod saw;
#[cfg(loom)]
mod secret;
#[cfg(loom)]
mod thread;
#[cfg(loom)]
mod world;

#[cfg(loom)]
pub use memguard::sync::model_control::{self, Timed};
#[cfg(loom)]
pub use model::{Explored, Model};
#[cfg(loom)]
pub use record::checkpoint_of;
#[cfg(loom)]
pub use runner::{Family, run};
#[cfg(loom)]
pub use saw::saw;
#[cfg(loom)]
pub use secret::{OTHER, SECRET, keep, look, opens_or_key_gone, read_or_refused};
#[cfg(loom)]
pub use thread::{JoinHandle, spawn, spawn_with};
#[cfg(loom)]
pub use world::{World, assert_clean, assert_slots_clean};
