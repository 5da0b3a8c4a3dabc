//! Runs scenarios one after the other, each on a session of its own, and checks what each one leaves behind.
//!
//! Scenarios know only the [`Executor`](crate::scenario::Executor) that runs their workers. `threads.rs` implements it
//! with threads of the system.

mod calibration;
mod capacity;
mod heartbeats;
mod judge;
mod latencies;
mod lock_order;
mod monitor;
mod plan;
mod progress;
mod quiescence;
mod results;
mod run;
mod scenario_runner;
mod threads;
mod waits;
mod watchdog;

pub use heartbeats::{Heartbeat, Heartbeats};
pub use monitor::Monitor;
pub use plan::Plan;
pub use progress::Progress;
pub use run::{Outcome, run};
pub use watchdog::{Stall, StalledThread};
