//! lockdep: checks every acquisition against the lock order, by class. So a run in which no thread ever waits still
//! shows an inversion between any two instances. It is named and modelled after the Linux kernel's lockdep
//! (`Documentation/locking/lockdep-design.rst`).
//!
//! - Each chain of held sites → wanted site is checked once and then found in a cache. A chain that breaks the order is
//!   never cached, so each occurrence counts.
//! - A try makes no edge into its own lock, because it cannot wait. A lock that was taken by a try makes edges out of
//!   it.
//! - A violation names both locks with class, instance, mode and site, and the thread.
//! - A snapshot shows at any time which thread holds what and waits for what, with sites. A watchdog prints it.
//!
//! This folder uses nothing of the program that it watches. The program describes its locks by [`Class`] and [`Site`],
//! and answers lockdep's questions by a `Host`.
//!
//! Without the cargo feature `lockdep` only the descriptions are here.

#[cfg(feature = "lockdep")]
mod check;
#[cfg(feature = "lockdep")]
mod graph;
#[cfg(feature = "lockdep")]
mod hooks;
#[cfg(feature = "lockdep")]
mod host;
#[cfg(any(feature = "lockdep", feature = "sim"))]
mod instrument;
#[cfg(feature = "lockdep")]
mod observer;
#[cfg(feature = "lockdep")]
mod report;
#[cfg(feature = "lockdep")]
mod stats;
mod table;

#[cfg(feature = "lockdep")]
pub use self::{
    check::{violation_count, violations},
    graph::{snapshot, visit_held},
    observer::{Event, observe},
    report::{Acquisition, Edge, Rule, ThreadSnapshot, Violation, WaitGraph},
    stats::{edges, outcomes},
};
#[cfg(feature = "lockdep")]
pub(crate) use self::{
    hooks::{Lock, Ticket, Waiting, Wanted, want},
    host::{Host, Record},
};
#[cfg(feature = "sim")]
pub(crate) use instrument::Instrument;
pub use table::{Class, Kind, MOST_SITES, Mode, Outcome, Outcomes, Site};
