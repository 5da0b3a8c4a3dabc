//! How reports name this thread. One file for each kind of system, with the same functions.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod unix;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::*;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) use unix::*;
