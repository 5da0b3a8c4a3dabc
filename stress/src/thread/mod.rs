//! Threads of a [`Program`](crate::ops::Program): the system's, or shuttle's under its cfg. The one folder that a cfg swaps.
//!
//! | name | on the system | under `cfg(shuttle)` |
//! |---|---|---|
//! | [`spawn`], [`yield_now`], [`JoinHandle`] | `std::thread` | `shuttle::thread` |
//! | [`run`] | the schedule is the system's; a watchdog turns a hang into a panic | the schedule decides every step; shuttle turns a deadlock into a panic |
//! | [`before_panic`] | nothing | waits until no other thread unwinds |

#[cfg(not(shuttle))]
mod on_system;
#[cfg(not(shuttle))]
use on_system as leaf;

#[cfg(shuttle)]
mod on_shuttle;
#[cfg(shuttle)]
use on_shuttle as leaf;

mod turns;

#[cfg(shuttle)]
pub use leaf::latest_steps;
pub use leaf::{JoinHandle, before_panic, run, spawn, yield_now};
pub use turns::Turns;
