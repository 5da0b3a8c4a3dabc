//! Scenarios with a planted bug. Each shows that a detector works: the run must fail. One file for each kind of bug.

mod answers;
mod contracts;
mod crashes;
mod forks;
mod list;
mod orders;
mod refusals;
mod repeat;
mod timeouts;
mod wakeups;
mod wipes;

pub(super) use list::ALL;
