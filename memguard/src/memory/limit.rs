//! Which limit of the system stopped a call, and what to raise.

use super::held::Held;
use super::page::process::memlock_limit;
use super::page::{mappings, native};
use std::fmt;

/// A limit of the system that was reached. `Display` says what to raise.
///
/// New variants may appear in any release. The fields of a variant are final.
///
/// ```
/// use memguard::{Error, Session};
/// # // With 32 bits, this is 1 GiB, which a machine may have.
/// # use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
/// # setrlimit(Resource::As, Rlimit { current: Some(512 << 20), ..getrlimit(Resource::As) }).unwrap();
/// // More than the process may have:
/// match Session::new()?.buffer(isize::MAX as usize / 2) {
///     Err(Error::Limit(limit)) => println!("{limit}"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// `RLIMIT_MEMLOCK`: how much memory this process may lock. The free pages of all its sessions were given back
    /// before, but for those that other threads were about to use.
    ///
    /// **Retry:** once locked memory was freed, or the limit was raised. **Remedy:** raise it, destroy buffers, end
    /// sessions, or keep secrets sealed or packed. With [`MlockPolicy::Prefer`](crate::MlockPolicy) pages may stay
    /// unlocked. [`manual::containers`](crate::manual::containers) has a table of what fits.
    LockedMemory {
        /// The soft limit in bytes. `Some` in this release: a process that may lock without limit gets
        /// [`Memory`](Self::Memory).
        limit: Option<u64>,
        /// How much this process had locked, in bytes, if `/proc` reports it.
        in_use: Option<u64>,
        /// How much more was asked for, in bytes.
        wanted: usize,
        /// What the sessions of this process had locked.
        held: Held,
    },
    /// `vm.max_map_count`: how many mappings this process may have. The library leaves the last of them, one in 64, to
    /// the rest of the process, whose next allocation would abort without them.
    /// [`Health::limits`](crate::Health::limits) says how many are left.
    ///
    /// **Retry:** once buffers were destroyed, or the limit was raised. Mappings that other code gave back are noticed
    /// after a second. **Remedy:** raise it (`sysctl vm.max_map_count`), destroy buffers, or pack them with
    /// [`Isolation::Packed`](crate::Isolation::Packed).
    Mappings {
        /// The limit, if `/proc` reports it.
        limit: Option<u64>,
        /// What the sessions of this process had locked. A buffer that shares no page takes two mappings.
        held: Held,
    },
    /// The address space (`RLIMIT_AS`), the memory that the kernel commits to, or the heap.
    ///
    /// **Retry:** once memory was freed. **Remedy:** free memory, ask for less, or raise the limit on the address space
    /// (`ulimit -v`). A long secret fits better into a [`Stream`](crate::Stream).
    Memory {
        /// How much was asked for, in bytes. 0 if the system refused a change of pages that exist.
        wanted: usize,
    },
}

impl std::error::Error for Limit {}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LockedMemory { limit, in_use, wanted, held } => {
                write!(f, "RLIMIT_MEMLOCK reached: {wanted} more bytes cannot be locked (")?;
                match limit {
                    Some(limit) => write!(f, "limit {limit} bytes")?,
                    None => f.write_str("no limit set, the machine has no more")?,
                }
                if let Some(in_use) = in_use {
                    write!(f, ", {in_use} in use")?;
                }
                write!(f, "; {held}")?;
                f.write_str(
                    "): raise it (ulimit -l, LimitMEMLOCK=, setrlimit), destroy buffers, drop sessions, or build the \
                     session with MlockPolicy::Prefer: Session::builder().mlock(MlockPolicy::Prefer), then build(). \
                     For the default session, call build_default() before its first use. Pages of Isolation::Secret \
                     are always locked",
                )
            }
            Self::Mappings { limit, held } => {
                f.write_str("vm.max_map_count reached (")?;
                if let Some(limit) = limit {
                    let reserve = mappings::reserve(*limit);
                    write!(f, "{limit} mappings; each buffer needs two")?;
                    write!(f, "; the last {reserve} are left to the rest of the process; ")?;
                }
                write!(f, "{held}")?;
                f.write_str("): raise it (sysctl vm.max_map_count), or destroy buffers")
            }
            Self::Memory { wanted } => write!(
                f,
                "{wanted} more bytes cannot be mapped or locked: raise the address-space limit (ulimit -v) or the \
                 limit on locked memory (ulimit -l), free memory, or ask for less"
            ),
        }
    }
}

impl Limit {
    /// The limit that made a call end with this error number, if the figures say that a limit did. Runs where memory is
    /// short, so it allocates nothing large. Its `held` is empty until [`with`](Self::with) fills it.
    pub(super) fn behind(call: &str, errno: i32, wanted: usize) -> Option<Self> {
        use libc::{EAGAIN, ENOMEM, EPERM};
        let memory = || Self::Memory { wanted };
        match (call, errno) {
            (mappings::RESERVED, _) => Some(Self::of_mappings()),
            // Linux refuses so at a limit of 0. At another limit, a sandbox refuses the call.
            ("mlock", EPERM) if memlock_limit() == Some(0) => locked_memory_reached(wanted),
            ("mlock", ENOMEM | EAGAIN) => {
                Some(locked_memory_reached(wanted).or_else(mappings_reached).unwrap_or_else(memory))
            }
            // How it is said of pages that are locked as they are mapped.
            ("mmap", EAGAIN) => Some(locked_memory_reached(wanted).unwrap_or_else(memory)),
            ("mmap" | "mprotect" | "mremap" | "munmap", ENOMEM) => Some(mappings_reached().unwrap_or_else(memory)),
            _ => None,
        }
    }

    fn of_mappings() -> Self {
        Self::Mappings { limit: mappings::limit(), held: Held::default() }
    }

    /// The same limit, with what the sessions of the process hold. Asks `holders` only if the limit has room for that.
    pub(super) fn with(mut self, holders: impl FnOnce() -> Held) -> Self {
        if let Self::LockedMemory { held, .. } | Self::Mappings { held, .. } = &mut self {
            *held = holders();
        }
        self
    }
}

/// The limit on locked memory, if this process is bound by it and has too little left.
fn locked_memory_reached(wanted: usize) -> Option<Limit> {
    let limit = memlock_limit().filter(|_| !native::locks_without_limit())?;
    let in_use = native::locked_bytes();
    let reached = in_use.is_none_or(|in_use| in_use.saturating_add(wanted as u64) > limit);
    reached.then_some(Limit::LockedMemory { limit: Some(limit), in_use, wanted, held: Held::default() })
}

/// The limit on mappings, if it is reached.
fn mappings_reached() -> Option<Limit> {
    mappings::exhausted().then(Limit::of_mappings)
}
