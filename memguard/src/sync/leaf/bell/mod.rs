//! A bell wakes one thread from anywhere, a signal handler included.
//!
//! A pipe could do the same, but code that closes all descriptors of the process would break it. Each file here has a
//! `Bell` with the same signatures, made of what its system offers without a descriptor:
//!
//! - `new` makes a bell. Only one thread at a time may wait for it.
//! - `ring` is async-signal-safe, apart from `errno`, which the signal handler saves.
//! - `wait(until)` returns `true` if the bell rang since the last wait, and `false` at the moment `until`. It may also
//!   return `true` without a new ring. So its caller looks at its own state after each wait.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod futex;
#[cfg(target_vendor = "apple")]
mod mach;
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod semaphore;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use futex::Bell;
#[cfg(target_vendor = "apple")]
pub(crate) use mach::Bell;
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(crate) use semaphore::Bell;
