//! A limit on the threads of a user.
//!
//! `RLIMIT_NPROC` does not bind a privileged user. So a child of root becomes another user first. If it may not, the
//! limit cannot be reached.

use super::secrets::Secrets;
use crate::scenario::own_session::builder;
use memguard::{Error, Session};
use rustix::process::{Resource, Rlimit, geteuid, getrlimit, setrlimit};
use std::time::Duration;

/// `nobody`, on most systems. Any user without privileges will do.
const NOBODY: libc::c_long = 65_534;

pub(super) fn run_out() -> Result<bool, String> {
    let secrets = Secrets::new()?;
    // The call of the C library would ask each thread of the parent. This child has only one.
    // SAFETY: changes the user of this thread, which is the only one of the child.
    if geteuid().is_root() && unsafe { libc::syscall(libc::SYS_setresuid, NOBODY, NOBODY, NOBODY) } != 0 {
        return Ok(false);
    }
    let before = getrlimit(Resource::Nproc);
    setrlimit(Resource::Nproc, Rlimit { current: Some(0), ..before }).map_err(|error| error.to_string())?;
    let at_the_limit = ask(&secrets);
    setrlimit(Resource::Nproc, before).map_err(|error| error.to_string())?;
    at_the_limit?;
    with_a_thread().map_err(|error| format!("a session with a thread, after the limit was lifted: {error:?}"))?;
    secrets.work_again().map(|()| true)
}

/// What needs a thread is refused. All else works.
fn ask(secrets: &Secrets) -> Result<(), String> {
    match with_a_thread() {
        Err(Error::System { .. }) => {}
        Ok(_) => return Err("RLIMIT_NPROC stops nothing".into()),
        Err(error) => return Err(format!("a session with a thread at RLIMIT_NPROC: {error:?}")),
    }
    match memguard::catch_signal(drop, &[libc::SIGUSR1]) {
        Err(Error::System { .. }) => {}
        answer => return Err(format!("catch_signal at RLIMIT_NPROC: {answer:?}")),
    }
    let made = builder(0).rekey_interval(None).build().and_then(|session| session.buffer(8).map(drop));
    made.map_err(|error| format!("a session without a thread at RLIMIT_NPROC: {error:?}"))?;
    secrets.are_whole()
}

fn with_a_thread() -> memguard::Result<Session> {
    builder(0).rekey_interval(Some(Duration::from_millis(1))).build()
}
