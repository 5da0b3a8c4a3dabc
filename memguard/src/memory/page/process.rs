//! Limits of the whole process, as far as all Unix systems agree.

use super::backend::{SystemFault, fault};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The soft `RLIMIT_MEMLOCK` in bytes; `None` for no limit.
pub(crate) fn memlock_limit() -> Option<u64> {
    getrlimit(Resource::Memlock).current
}

/// The soft `RLIMIT_CORE` in bytes; `None` for no limit.
pub(crate) fn core_limit() -> Option<u64> {
    getrlimit(Resource::Core).current
}

/// Sets `RLIMIT_CORE` to 0 and returns what the soft limit was.
pub(crate) fn forbid_core_dumps() -> Result<Option<u64>, SystemFault> {
    let before = core_limit();
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .map_err(fault("setrlimit(RLIMIT_CORE)"))?;
    Ok(before)
}
