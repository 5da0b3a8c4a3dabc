//! The leaves: mapping, protection, locking and advice. Nothing here knows a secret, a store or a session.
//!
//! | file | what |
//! |---|---|
//! | `backend` | what a provider of pages must do |
//! | `os` | real pages, as far as all Unix systems agree |
//! | `mappings` | the account of mappings of this process |
//! | `look`, `sight` | which controls were seen to work |
//! | `hidden` | pages that the kernel itself does not map (Linux) |
//! | `linux`, `unix` | where they differ: the same functions in both; the compiled one is called `native` |
//! | `process` | limits of the whole process, as far as all Unix systems agree |
//! | `sim` | simulated pages (feature `sim`) |
//! | `refusing` | real pages on a system that refuses calls (feature `sim`) |

#[cfg(not(unix))]
compile_error!("memguard needs mmap, mprotect and mlock: it runs on Unix systems");

pub(crate) mod backend;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod hidden;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod linux;
pub(crate) mod look;
pub(crate) mod mappings;
pub(crate) mod os;
pub(crate) mod process;
#[cfg(feature = "sim")]
pub(crate) mod refusing;
pub(crate) mod sight;
#[cfg(feature = "sim")]
pub(crate) mod sim;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) mod unix;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux as native;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use unix as native;
