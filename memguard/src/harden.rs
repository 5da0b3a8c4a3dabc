//! Hardening of the whole process. Nothing here happens unless the program asks for it.

use crate::Result;
use crate::memory::{self, MemoryError};

/// What [`harden`] found before it changed it.
///
/// ```no_run
/// let before: memguard::Hardened = memguard::harden()?;
/// println!("core dumps of up to {:?} bytes were allowed", before.core_limit_before);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hardened {
    /// The soft limit on core dumps, in bytes; `None` for no limit. Both limits are 0 now.
    pub core_limit_before: Option<u64>,
    /// Whether the process was dumpable; `None` where the system has no such mark. It is not dumpable now.
    pub dumpable_before: Option<bool>,
}

/// Forbids core dumps of this process and its children, and on Linux also tracing by other processes of the same user
/// (`PR_SET_DUMPABLE`).
///
/// This affects the whole process, and only a privileged process can undo it. So the library never does it by itself.
/// Call it first in `main`. Call it again after `exec` and after a change of user.
///
/// # Errors
/// [`Error::System`](crate::Error::System) if the system refuses, or says yes and does nothing. Then the limit may be
/// lowered while the process is still dumpable.
///
/// ```no_run
/// let before = memguard::harden()?;
/// assert_eq!(memguard::preflight().core_limit, Some(0));
/// # let _ = before;
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn harden() -> Result<Hardened> {
    let core_limit_before = memory::forbid_core_dumps().map_err(MemoryError::from)?;
    let dumpable_before = memory::dumpable();
    memory::forbid_dumping().map_err(MemoryError::from)?;
    Ok(Hardened { core_limit_before, dumpable_before })
}
