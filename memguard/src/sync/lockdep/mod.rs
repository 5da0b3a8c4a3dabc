//! lockdep: what the library adds to [`memguard_lockdep`] about its own locks.
//!
//! `memguard_lockdep` learns which locks of the program are wanted while which are held, those of the library among
//! them, and reports what can deadlock. The library declares its ranks there, so the first wait against them is
//! reported ([`Violation::Order`]). It shows who waits for whom too: [`memguard_lockdep::WaitGraph`].
//!
//! Here each acquisition is compared with its row in the table of sites ([`Violation::Site`]) and counted. So a test
//! knows which sites, outcomes and waits it has reached.

mod check;
mod held;
mod observer;
mod stats;
mod violation;

pub use check::{forget, violation_count, violations};
pub use held::visit_held;
pub use observer::{Event, observe};
pub use stats::{Edge, edges, outcomes};
pub use violation::{Acquisition, Misuse, Rule, Violation};

pub(crate) use check::{asks, came_out, declare_ranks};
pub(crate) use held::{pop, push};
pub(crate) use observer::tell;
