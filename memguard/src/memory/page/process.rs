//! Limits of the whole process, as far as all Unix systems agree.

use super::backend::{IGNORED, SystemFault, fault, last_fault};
use rustix::process::{Resource, Rlimit, setrlimit};

/// The soft `RLIMIT_MEMLOCK` in bytes; `None` for no limit, or if the system does not tell.
pub(crate) fn memlock_limit() -> Option<u64> {
    // SAFETY: the pointer is to a live value.
    soft(ask(|limit| unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, limit) }))
}

/// The soft `RLIMIT_CORE` in bytes; `None` for no limit, or if the system does not tell.
pub(crate) fn core_limit() -> Option<u64> {
    soft(ask_core())
}

/// Sets `RLIMIT_CORE` to 0, sees that it is, and returns what the soft limit was.
pub(crate) fn forbid_core_dumps() -> Result<Option<u64>, SystemFault> {
    const CALL: &str = "setrlimit(RLIMIT_CORE)";
    let before = core_limit();
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(fault(CALL))?;
    match ask_core() {
        Some(libc::rlimit { rlim_cur: 0, rlim_max: 0 }) => Ok(before),
        Some(_) => Err(SystemFault { call: CALL, errno: IGNORED }),
        None => Err(last_fault("getrlimit(RLIMIT_CORE)")),
    }
}

fn ask_core() -> Option<libc::rlimit> {
    // SAFETY: the pointer is to a live value.
    ask(|limit| unsafe { libc::getrlimit(libc::RLIMIT_CORE, limit) })
}

/// What `getrlimit` fills in; `None` if it is refused, where that of rustix panics. A system that says yes and does
/// nothing leaves no limit.
fn ask(getrlimit: impl FnOnce(*mut libc::rlimit) -> libc::c_int) -> Option<libc::rlimit> {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    (getrlimit(&raw mut limit) == 0).then_some(limit)
}

fn soft(limit: Option<libc::rlimit>) -> Option<u64> {
    #[allow(clippy::useless_conversion, reason = "a limit has another type on some systems")]
    limit.map(|limit| limit.rlim_cur).filter(|&soft| soft != libc::RLIM_INFINITY).and_then(|soft| soft.try_into().ok())
}
