//! The pages of the secrets: isolation, wiping, faults of the system, and its limits.

#[cfg(feature = "sim")]
mod conceal;
mod dense;
#[cfg(feature = "sim")]
mod faults;
mod fork_pages;
#[cfg(feature = "sim")]
mod freezing;
#[cfg(feature = "sim")]
mod growing;
#[cfg(target_os = "linux")]
mod key_pages;
#[cfg(target_os = "linux")]
mod lying_system;
#[cfg(target_os = "linux")]
mod mappings;
#[cfg(feature = "sim")]
mod packed;
#[cfg(feature = "sim")]
mod page_sizes;
mod preflight;
#[cfg(feature = "sim")]
mod purged_pages;
mod real_pages;
#[cfg(feature = "sim")]
mod refusing;
#[cfg(target_os = "linux")]
mod secret;
mod shared_limit;
#[cfg(feature = "sim")]
mod spares;
mod verify;

crate::support::needs!(sim: conceal, faults, freezing, growing, packed, page_sizes, purged_pages, refusing, spares);
