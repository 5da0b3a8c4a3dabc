//! Signals: threads wait for them, run the user's handler, purge and end the process.
//!
//! The signal handler proper only wakes a thread. So a signal may arrive at any moment, under any lock: the thread that
//! it interrupts goes on and releases what it holds.
//!
//! Nothing is logged on this way. A panic of the handler has gone through the panic hook, and the process is ending.

mod before;
mod cue;
mod delivery;
mod disposition;
mod ending;
mod exit;
mod watch;

#[cfg(feature = "internals")]
pub use delivery::Delivery;
pub use ending::SIGNAL_EXIT_CODE;
pub(crate) use exit::exit;
pub(crate) use watch::{CatchError, catch};
