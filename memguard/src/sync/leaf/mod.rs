//! The one place where a cfg decides what a wait, an atomic or a thread is made of.
//!
//! A model checker's leaf needs the cargo feature `models` besides the cfg. So another crate can set `--cfg loom` for
//! its own tests and gets the real leaf.
//!
//! All leaves have the same names with the same signatures, so nothing above this folder depends on the choice:
//!
//! | name | `real` | `model` under `cfg(loom)` | `model` under `cfg(shuttle)` |
//! |---|---|---|---|
//! | [`Futex`] | a word, threads [`wait`] in the system | loom's atomic, threads park | shuttle's atomic, tasks sleep |
//! | [`atomic`] | `std::sync::atomic` | `loom::sync::atomic` | `shuttle::sync::atomic`, where every order is `SeqCst` |
//! | [`Head`] | a pointer to the first entry of a stack | the same | the same, with a count of its changes |
//! | [`cell`] | a plain cell | loom's, which reports unsynchronised access | one that reports overlapping access |
//! | [`per_thread!`] | `std::thread_local!` | `loom::thread_local!` | `shuttle::thread_local!` |
//! | [`HAS_STATICS`] | yes | no: a lock lives in one execution | as for loom |
//! | [`process_number`] | a page that a fork clears | a number that a thread of the model can change | as for loom |
//! | [`visit_at_interval`] | one thread visits all | a thread of the model for each, which comes once | as for loom |
//! | [`panicking`] | `std::thread::panicking` | the same for a thread of the model | as for loom |
//!
//! What is not modelled is the same under every cfg: [`process`], the start of a [`thread`], the system's [`wait`], the
//! [`wish`] for a visit, and the [`bell`] that wakes a thread from a signal handler.

#![allow(clippy::disallowed_types, reason = "the one folder that may name a lock")]

pub(crate) mod bell;
#[cfg(not(all(feature = "models", shuttle)))]
mod head;
#[cfg(not(all(feature = "models", any(loom, shuttle))))]
mod identity;
#[cfg(all(feature = "models", any(loom, shuttle)))]
mod model;
pub(crate) mod process;
#[cfg(not(all(feature = "models", any(loom, shuttle))))]
mod real;
pub(crate) mod thread;
#[cfg(not(all(feature = "models", any(loom, shuttle))))]
mod visitor;
mod wait;
pub(crate) mod wish;

#[cfg(not(all(feature = "models", shuttle)))]
pub(crate) use head::Head;
#[cfg(all(feature = "models", any(loom, shuttle)))]
pub use model::*;
#[cfg(not(all(feature = "models", any(loom, shuttle))))]
pub use real::*;
