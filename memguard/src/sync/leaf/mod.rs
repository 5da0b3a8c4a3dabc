//! The one place where a cfg decides what a lock, an atomic or a thread is made of.
//!
//! All leaves have the same names with the same signatures, so nothing above this folder knows which one it runs on:
//!
//! | name | `real` | `model` under `cfg(loom)` | `model` under `cfg(shuttle)` |
//! |---|---|---|---|
//! | [`RawLock`], [`RawCondvar`] | parking_lot | one atomic per lock, waiters parked through loom | the same, waiters asleep through shuttle |
//! | [`atomic`] | `std::sync::atomic` | `loom::sync::atomic` | `shuttle::sync::atomic`, where every order is `SeqCst` |
//! | [`cell`] | a plain cell | `loom::cell::UnsafeCell`, which reports unsynchronised access | a cell that reports overlapping access |
//! | [`per_thread!`] | `std::thread_local!` | `loom::thread_local!` | `shuttle::thread_local!` |
//! | [`process_number`] | a page that a fork clears | a number that a thread of the model can change | as for loom |
//! | [`Ticker`] | a thread that calls a function at an interval | a thread of the model that calls it once or not at all | as for loom |
//! | [`panicking`] | `std::thread::panicking` | the same for a thread of the model | as for loom |

#![allow(clippy::disallowed_types, reason = "the one folder that may name a lock")]

#[cfg(any(loom, shuttle))]
mod model;
pub(crate) mod process;
#[cfg(not(any(loom, shuttle)))]
mod real;

#[cfg(any(loom, shuttle))]
pub use model::*;
#[cfg(not(any(loom, shuttle)))]
pub use real::*;
