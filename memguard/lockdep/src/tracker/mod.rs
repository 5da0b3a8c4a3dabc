//! What a lock carries for the checker. Without the feature `check` it is empty and its methods do nothing.

use std::panic::{RefUnwindSafe, UnwindSafe};

#[cfg(feature = "check")]
mod on;
#[cfg(feature = "check")]
pub(crate) use on::{Asked, Asleep, Initialised, Life, Taken, Tracker};

#[cfg(not(feature = "check"))]
mod off;
#[cfg(not(feature = "check"))]
pub(crate) use off::{Asked, Asleep, Initialised, Life, Taken, Tracker};

// A lock is as safe after a panic as the lock that it checks. What a tracker knows changes in steps that do not panic.
impl UnwindSafe for Tracker {}
impl RefUnwindSafe for Tracker {}

/// Whether locks are checked.
pub(crate) const CHECKS: bool = cfg!(feature = "check");
