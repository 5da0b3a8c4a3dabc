//! What each lock calls as it is asked for, granted, refused and released: lockdep, or nothing.

#[cfg(not(feature = "lockdep"))]
mod off;
#[cfg(feature = "lockdep")]
mod on;

#[cfg(not(feature = "lockdep"))]
pub(crate) use off::*;
#[cfg(feature = "lockdep")]
pub(crate) use on::*;
