//! Secrets in locked, guarded, wiped memory, with a lock order that is checked.
//!
//! - A [`Buffer`] keeps a secret in pages of its own, locked into RAM between guard pages, and wipes it.
//! - An [`Enclave`] keeps a secret encrypted while nobody uses it.
//! - A [`Session`] owns the enclave key, the registry of live buffers and the pages; [`Session::purge`] wipes everything at
//!   once. [`Buffer::new`], [`purge`] and the like use a default session.
//!
//! ```
//! use memguard::{Buffer, Enclave};
//!
//! let mut password = *b"hunter2 hunter2";
//! let sealed: Enclave = Buffer::from_bytes(&mut password)?.seal()?; // `password` is zero now
//!
//! let opened = sealed.open()?;
//! opened.with_data(|bytes| assert_eq!(bytes, b"hunter2 hunter2"))?;
//! drop(opened); // wiped
//!
//! memguard::purge(); // nothing can be opened any more
//! assert!(matches!(sealed.open(), Err(memguard::Error::KeyGone)));
//! # Ok::<(), memguard::Error>(())
//! ```
//!
//! [`go_memguard`] says what each function of the Go library of that name is here.
//!
//! # Guarantees
//!
//! | name | promise |
//! |---|---|
//! | ORDER | A thread blocks only on a lock that ranks above every lock it holds (see `LOCK_ORDERING.md`). |
//! | PROGRESS | No call blocks for ever: where waiting could close a cycle it returns an error at once, and a wait for another thread's access ends at the acquire timeout with an error that names the lock, the site and the holder. |
//! | WIPED | Every byte that held a secret is zeroed when its last access ends, whoever ends it. |
//! | EXACT | An enclave opens to the very bytes that were sealed, or to an error. |
//! | CLEAN | No copy of a secret stays outside locked pages. |
//! | VISIBLE | Every degraded outcome is counted ([`Health`]) and logged (the `log` crate). `Ok` means done. |
//!
//! # Cargo features
//!
//! All of them are for tests and tools.
//!
//! - `internals`: makes the module `sync` public: the locks, their order, and what models need. Exempt from semantic
//!   versioning.
//! - `lockdep`: checks every acquisition against the lock order while the program runs (`sync::lockdep`). Implies
//!   `internals`.
//! - `models`: with `--cfg loom` or `--cfg shuttle` the locks are those of the model checker. Without this feature these
//!   cfgs change nothing. Implies `internals`.
//! - `sim`: simulated pages that check accesses and fail on request.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod buffer;
mod core;
mod crypto;
mod enclave;
mod error;
mod global;
mod harden;
#[doc = include_str!("go.md")]
pub mod go_memguard {}
mod memory;
mod session;
mod signal;
mod stream;
#[cfg(not(feature = "internals"))]
mod sync;
#[cfg(feature = "internals")]
pub mod sync;

pub use buffer::{Buffer, ReadCause, ReadError, ReadGuard, Reader, WriteGuard, with_buffers};
pub use core::{Degraded, Disposal, PurgeReport, Rekey};
pub use enclave::Enclave;
pub use error::{Error, Result};
pub use global::{
    catch_interrupt, catch_signal, exists, purge, safe_exit, safe_panic, scramble_bytes, session, wipe_bytes,
};
pub use harden::{Hardened, harden};
pub use memory::{Audit, Control, Footprint, Headroom, Isolation, Limit, Limits, MlockPolicy, Preflight, preflight};
#[cfg(feature = "sim")]
pub use memory::{Fault, Sim, SimReport};
pub use session::{Health, Session, SessionBuilder};
#[cfg(feature = "internals")]
pub use signal::Delivery;
pub use signal::SIGNAL_EXIT_CODE;
pub use stream::Stream;
