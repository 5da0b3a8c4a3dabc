//! What protects the whole process. Nothing here happens unless it is asked for.

use crate::{Error, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

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
    /// The soft limit on core dumps in bytes (`None`: no limit). It is 0 now, and so is the hard one.
    pub core_limit_before: Option<u64>,
    /// Whether the process was dumpable; `None` where the system has no such thing. It is not now.
    pub dumpable_before: Option<bool>,
}

/// Forbids core dumps of this process and its children, and on Linux also tracing by other processes of the same user
/// (`PR_SET_DUMPABLE`).
///
/// Concerns the whole process, and only a privileged process can take it back: so it is never done unasked. Call it first thing in
/// `main`; after `exec` and after a change of user it must be called again.
///
/// # Errors
/// [`Error::System`] if the system refuses. The limit may then be lowered and the process still be dumpable.
///
/// ```no_run
/// let before = memguard::harden()?;
/// assert_eq!(memguard::preflight().core_limit, Some(0));
/// # let _ = before;
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn harden() -> Result<Hardened> {
    let core_limit_before = forbid_core_dumps()?;
    let dumpable_before = dumpable();
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .map_err(refused("prctl(PR_SET_DUMPABLE)"))?;
    Ok(Hardened { core_limit_before, dumpable_before })
}

/// Sets `RLIMIT_CORE` to 0 and returns what it was.
pub(crate) fn forbid_core_dumps() -> Result<Option<u64>> {
    let before = core_limit();
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(refused("setrlimit(RLIMIT_CORE)"))?;
    Ok(before)
}

pub(crate) fn core_limit() -> Option<u64> {
    getrlimit(Resource::Core).current
}

#[cfg(target_os = "linux")]
pub(crate) fn dumpable() -> Option<bool> {
    use rustix::process::{DumpableBehavior, dumpable_behavior};
    dumpable_behavior().ok().map(|behaviour| behaviour == DumpableBehavior::Dumpable)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn dumpable() -> Option<bool> {
    None
}

fn refused(call: &'static str) -> impl FnOnce(rustix::io::Errno) -> Error {
    move |errno| Error::system(call, errno.raw_os_error())
}
