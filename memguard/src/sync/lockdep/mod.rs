//! lockdep: checks every acquisition against the lock order, by class, so that one run in which no thread ever waits still
//! shows an inversion between any two instances. Named and modelled after the Linux kernel's
//! (`Documentation/locking/lockdep-design.rst`).
//!
//! With the cargo feature `lockdep` off, every hook is an empty inline function on types without size.
//!
//! - Each chain of held sites → wanted site is validated once and then found in a cache; a chain that breaks the order is
//!   never cached, so each occurrence counts.
//! - A try makes no edge into its own lock: it cannot wait. A lock that was got by try makes edges out of it.
//! - A violation names both locks with class, instance, mode and site, and the thread.
//! - [`snapshot`] tells at any time which thread holds what and waits for what, with sites: what a watchdog prints.

#[cfg(feature = "lockdep")]
mod observer;
#[cfg(not(feature = "lockdep"))]
mod off;
#[cfg(feature = "lockdep")]
mod on;
#[cfg(feature = "lockdep")]
mod report;

#[cfg(feature = "lockdep")]
pub use observer::{Event, observe};
#[cfg(not(feature = "lockdep"))]
pub(crate) use off::*;
#[cfg(feature = "lockdep")]
pub(crate) use on::{Lock, Ticket, Wanted, want};
#[cfg(feature = "lockdep")]
pub use on::{edges, outcomes, snapshot, violation_count, violations};
#[cfg(feature = "lockdep")]
pub use report::{Acquisition, Edge, Rule, ThreadSnapshot, Violation, WaitGraph};

/// How a lock is held.
///
/// ```
/// # #[cfg(feature = "lockdep")] {
/// use memguard::sync::lockdep::{self, Mode};
/// let buffer = memguard::Buffer::new(8)?;
/// let _inside = buffer.read()?;
/// assert_eq!(lockdep::snapshot().threads[0].holds[0].mode, Mode::Shared);
/// # }
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Together with others who hold it shared.
    Shared,
    /// By one thread alone.
    Exclusive,
}
