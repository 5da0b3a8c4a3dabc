//! Signals: a thread waits for them, runs the user's handler, purges and ends the process.
//!
//! The signal handler proper only wakes that thread. So a signal may arrive at any moment, under any lock: the thread
//! that it interrupts goes on and releases what it holds.

mod delivery;
mod watch;

#[cfg(feature = "internals")]
pub use delivery::Delivery;
pub use watch::SIGNAL_EXIT_CODE;
pub(crate) use watch::{CatchError, Duties, Mishap, catch};
