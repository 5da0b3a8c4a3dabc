//! Which limit of the system stopped a call, and what to raise.

use crate::Error;
use crate::memory::page::SystemFault;
use rustix::process::{Resource, getrlimit};
use std::fmt;
use std::io::Read;

/// A limit of the system that was reached. `Display` says what to raise.
///
/// ```
/// use memguard::{Error, Session};
/// // What no machine has:
/// match Session::new()?.buffer(isize::MAX as usize / 2) {
///     Err(Error::Limit(limit)) => println!("{limit}"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// `RLIMIT_MEMLOCK`: how much memory this process may lock.
    LockedMemory {
        /// The soft limit in bytes; `None` if there is none and the machine itself has no more.
        limit: Option<u64>,
        /// How much this process had locked, in bytes, if `/proc` tells.
        in_use: Option<u64>,
        /// How much more was asked for, in bytes.
        wanted: usize,
    },
    /// `vm.max_map_count`: how many mappings this process may have.
    Mappings {
        /// The limit, if `/proc` tells.
        limit: Option<u64>,
    },
    /// The address space (`RLIMIT_AS`) or the memory that the kernel commits to.
    Memory {
        /// How much was asked for, in bytes.
        wanted: usize,
    },
}

impl std::error::Error for Limit {}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LockedMemory { limit, in_use, wanted } => {
                write!(f, "RLIMIT_MEMLOCK reached: {wanted} more bytes cannot be locked (")?;
                match limit {
                    Some(limit) => write!(f, "limit {limit} bytes")?,
                    None => f.write_str("no limit set, the machine has no more")?,
                }
                if let Some(in_use) = in_use {
                    write!(f, ", {in_use} in use")?;
                }
                f.write_str(
                    "): raise it (ulimit -l, LimitMEMLOCK=, setrlimit), destroy buffers, \
                     or build the session with MlockPolicy::Prefer",
                )
            }
            Self::Mappings { limit } => {
                f.write_str("vm.max_map_count reached")?;
                if let Some(limit) = limit {
                    write!(f, " ({limit} mappings; each buffer needs two)")?;
                }
                f.write_str(": raise it (sysctl vm.max_map_count), or destroy buffers")
            }
            Self::Memory { wanted } => write!(
                f,
                "{wanted} more bytes cannot be mapped: raise the address-space limit (ulimit -v), free memory, or ask for less"
            ),
        }
    }
}

/// Turns a refused call into the error that names its limit. Runs where memory is short, so it allocates nothing large.
pub(super) fn explain(fault: SystemFault, wanted: usize) -> Error {
    use rustix::io::Errno;
    let errno = Errno::from_raw_os_error(fault.errno);
    let out_of_something = [Errno::NOMEM, Errno::AGAIN, Errno::PERM].contains(&errno);
    match fault.call {
        "mlock" if out_of_something => {
            Error::Limit(Limit::LockedMemory { limit: memlock(), in_use: locked_bytes(), wanted })
        }
        "mmap" | "mprotect" | "munmap" if errno == Errno::NOMEM => {
            let limit = max_mappings();
            // A refused mmap or split leaves a few below the limit: those that it would have needed.
            match (limit, mappings()) {
                (Some(limit), Some(count)) if count + 4 >= limit => {
                    Error::Limit(Limit::Mappings { limit: Some(limit) })
                }
                _ => Error::Limit(Limit::Memory { wanted }),
            }
        }
        call => Error::system(call, fault.errno),
    }
}

/// Whether this process may lock as much as it likes: it is privileged, or there is no limit.
#[cfg(target_os = "linux")]
pub(super) fn locks_without_limit() -> bool {
    use rustix::thread::{CapabilitySet, capabilities};
    memlock().is_none() || capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK))
}

/// Whether this process may lock as much as it likes: there is no limit.
#[cfg(not(target_os = "linux"))]
pub(super) fn locks_without_limit() -> bool {
    memlock().is_none()
}

/// The soft `RLIMIT_MEMLOCK`.
pub(super) fn memlock() -> Option<u64> {
    getrlimit(Resource::Memlock).current
}

/// `vm.max_map_count`.
pub(super) fn max_mappings() -> Option<u64> {
    number_in("/proc/sys/vm/max_map_count")
}

/// How many mappings this process has.
pub(super) fn mappings() -> Option<u64> {
    count_lines("/proc/self/maps")
}

fn number_in(path: &str) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// How much this process has locked.
pub(super) fn locked_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn count_lines(path: &str) -> Option<u64> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut chunk = [0; 4096];
    let mut lines = 0;
    loop {
        match file.read(&mut chunk).ok()? {
            0 => return Some(lines),
            read => lines += chunk.iter().take(read).filter(|&&byte| byte == b'\n').count() as u64,
        }
    }
}
