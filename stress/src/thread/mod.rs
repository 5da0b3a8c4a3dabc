//! Threads of a [`Program`](crate::ops::Program): the system's, or shuttle's under its cfg.
//!
//! | name | on the system | under `cfg(shuttle)` |
//! |---|---|---|
//! | [`spawn`], [`yield_now`], [`JoinHandle`] | `std::thread` | `shuttle::thread` |
//! | [`Mutex`], which may be held across steps | `std::sync` | `shuttle::sync` |
//! | [`run`] | the system decides each step | the given schedule decides each step |
//! | [`run_in_time`] | as [`run`] | a simulated clock decides when waits time out |
//! | a hang in [`run`] | a watchdog panics | shuttle panics |
//! | [`planted_panic`] | panics | waits until no other thread unwinds, then panics |
//! | [`alone_with_panic`] | runs its body | the same for a body in which the library panics |
//! | [`expire_waits`] | does nothing | waits of this thread give up |
//! | [`acquisitions`] | unknown, because other threads run meanwhile | how often locks were asked for |

#[cfg(not(shuttle))]
mod on_system;
#[cfg(not(shuttle))]
use on_system as leaf;

#[cfg(shuttle)]
mod on_shuttle;
#[cfg(shuttle)]
use on_shuttle as leaf;

mod byte_schedule;

pub use byte_schedule::ByteSchedule;
#[cfg(shuttle)]
pub use leaf::{Explored, Failure, SavedSchedule, explore, follow, latest_schedule};
pub use leaf::{JoinHandle, Mutex, acquisitions, alone_with_panic, expire_waits, run, run_in_time, spawn, yield_now};
#[cfg(shuttle)]
pub(crate) use leaf::{alone, nothing_is_held};

/// Panics on purpose in a thread of a program. [`planted::survive`](crate::planted::survive) catches the panic.
///
/// # Panics
/// Always.
pub fn planted_panic() -> ! {
    leaf::before_panic();
    crate::planted::panic()
}
