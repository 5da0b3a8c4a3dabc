//! The one place where a cfg decides what a lock, an atomic or a thread is made of.
//!
//! Both leaves have the same names with the same signatures, so nothing above this folder knows which one it runs on:
//!
//! | name | `real` | `model` |
//! |---|---|---|
//! | [`RawLock`], [`RawCondvar`] | parking_lot | one loom atomic per lock, waiters parked through loom |
//! | [`atomic`] | `std::sync::atomic` | `loom::sync::atomic` |
//! | [`cell`] | a plain cell | `loom::cell::UnsafeCell`, which reports unsynchronised access |
//! | [`per_thread!`] | `std::thread_local!` | `loom::thread_local!` |
//! | [`process_number`] | a page that a fork clears | a number that a thread of the model can change |
//! | [`Ticker`] | a thread that calls a function at an interval | a thread of the model that calls it once or not at all |
//! | [`panicking`] | `std::thread::panicking` | the same for a thread of the model |

#![allow(clippy::disallowed_types, reason = "the one folder that may name a lock")]

#[cfg(loom)]
mod model;
pub(crate) mod process;
#[cfg(not(loom))]
mod real;

#[cfg(loom)]
pub use model::*;
#[cfg(not(loom))]
pub use real::*;
