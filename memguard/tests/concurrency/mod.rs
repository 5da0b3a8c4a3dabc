//! Calls from several threads, from inside other calls, and deep inside them.

#[cfg(feature = "lockdep")]
mod closing;
mod deadlines;
mod deep_nesting;
mod every_session;
#[cfg(feature = "sim")]
mod foreign_logger;
mod holders;
mod leaked_guards;
mod misbehaviour;
mod one_rekey_thread;
#[cfg(feature = "sim")]
mod pinned;
mod purges;
#[cfg(feature = "lockdep")]
mod questions;
mod reentrancy;
mod regressions;
mod several_buffers;
#[cfg(feature = "lockdep")]
mod wakes;

crate::support::needs!(lockdep: closing, questions, wakes);
crate::support::needs!(sim: foreign_logger, pinned);
