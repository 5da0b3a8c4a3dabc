//! Secrets in locked, guarded, wiped memory, with a lock order that is checked.
//!
//! - A [`Buffer`] keeps a secret in pages of its own, locked into RAM between guard pages, and wipes it.
//! - An [`Enclave`] keeps a secret encrypted while it is not in use.
//! - A [`Stream`] is an encrypted queue of bytes.
//! - A [`Session`] owns the key of its enclaves, its buffers and its pages. [`Session::purge`] wipes everything at
//!   once. [`Buffer::new`], [`purge`] and the like use a default session. [`purge_all`] wipes every session.
//!   [`SessionBuilder::build_default`] configures it.
//!
//! ```
//! use memguard::{Buffer, Enclave};
//!
//! fn main() -> Result<(), memguard::Error> {
//!     let mut password = *b"hunter2 hunter2";
//!     let sealed: Enclave = Buffer::from_bytes(&mut password)?.seal()?; // `password` is zero now
//!
//!     let opened = sealed.open()?; // locked pages between guard pages
//!     opened.with_data(|bytes| assert_eq!(bytes, b"hunter2 hunter2"))?;
//!     drop(opened); // wiped
//!
//!     let report = memguard::purge(); // wipes every buffer of the session, and its key; the session can be used again
//!     assert_eq!((report.failed, report.pending), (0, 0));
//!     assert!(sealed.open().is_err());
//!     Ok(())
//! }
//! ```
//!
//! # Guarantees
//!
//! - **ORDER**: a thread blocks only on a lock that ranks above every lock it holds.
//! - **PROGRESS**: no call blocks for ever. Where waiting could close a cycle, the call returns an error at once. A
//!   wait for another thread's access ends at the acquire timeout, with an error that names the lock, the operation
//!   and the holder.
//! - **WIPED**: every byte that held a secret is zeroed when its last access ends, however it ends.
//! - **EXACT**: an enclave opens to the very bytes that were sealed, or to an error.
//! - **CLEAN**: no copy of a secret stays outside locked pages.
//! - **FOREIGN**: closures, loggers, handlers and allocators may panic, re-enter or block. No other call hangs, and no
//!   wipe is skipped.
//! - **VISIBLE**: every degraded outcome is counted ([`Health`]) and logged (the `log` crate). `Ok` means done.
//!
//! # Manual
//!
//! [`manual`] has a page each on [programs to start from](manual::recipes), [`async` code](manual::asynchronous),
//! [tests that share the default session](manual::tests), [forked children](manual::fork), [containers with little
//! locked memory](manual::containers), [the traits of secrets and errors](manual::traits), and [the Go library of the
//! same name](manual::go_memguard).
//!
//! # Cargo features
//!
//! - `internals`: the module `sync`, for tests and tools. It is exempt from semantic versioning.
//! - `lockdep`: checks every acquisition against the lock order while the program runs. For tests. Implies `internals`.
//! - `sim`: simulated pages that check accesses and fail on request, and real pages on a system that refuses calls. For
//!   tests.
//! - `models`: with `--cfg loom` or `--cfg shuttle`, the locks are those of the model checker. Without this feature,
//!   these cfgs change nothing. Implies `internals`.
//! - `serde`: reports serialise; [`Buffer`] and [`Enclave`] deserialise straight into locked pages.
//! - `zerocopy`: `Secret<T>`, a value of plain data in locked pages.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod buffer;
mod bytes;
mod clear;
mod core;
mod crypto;
mod enclave;
mod error;
mod global;
mod harden;
pub mod manual;
mod memory;
#[cfg(feature = "zerocopy")]
mod secret;
mod secret_vec;
#[cfg(feature = "serde")]
mod serde;
mod session;
mod signal;
mod stream;
#[cfg(not(feature = "internals"))]
mod sync;
#[cfg(feature = "internals")]
pub mod sync;

#[cfg(feature = "serde")]
pub use self::serde::{BufferSeed, EnclaveSeed};
pub use buffer::{Buffer, ReadCause, ReadError, ReadGuard, Reader, Verified, WriteGuard, with_buffers};
pub use bytes::{scramble_bytes, wipe_bytes};
pub use core::{Degraded, Disposal, PurgeReport, Rekey};
pub use crypto::Cipher;
pub use enclave::{Enclave, NotOpened};
pub use error::{Error, FlatResult, Holder, LockName, Result, SharedIoError, SiteName};
pub use global::{
    catch_interrupt, catch_signal, catch_signal_within, purge, purge_all, safe_exit, safe_panic, safe_panic_any,
    session,
};
pub use harden::{Hardened, harden};
pub use memory::{
    Audit, Control, ControlKind, ControlPolicy, Footprint, Freezing, Headroom, Held, Isolation, Limit, Limits,
    MlockPolicy, OtherSessions, Preflight, Protected, preflight,
};
#[cfg(feature = "sim")]
pub use memory::{Fault, Refusing, Reply, Sim, SimReport};
#[cfg(feature = "zerocopy")]
pub use secret::{Secret, SecretReadGuard, SecretWriteGuard};
pub use secret_vec::SecretVec;
pub use session::buffers::exists;
pub use session::{Health, Session, SessionBuilder};
#[cfg(feature = "internals")]
pub use signal::Delivery;
pub use signal::SIGNAL_EXIT_CODE;
pub use stream::Stream;
