//! Ends the process with its exit handlers, after a signal or a `safe_exit`.

use crate::sync::{Bell, OwnThread, Process};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a forked child tries to write what standard output has buffered.
const FLUSH: Duration = Duration::from_secs(1);

/// As [`std::process::exit`], which takes a lock of the standard library that each thread takes as it starts or ends.
/// A forked child may have inherited it locked, so there this calls C's `exit`, and needs no lock.
pub(crate) fn exit(code: i32) -> ! {
    if !Process::is_forked() {
        std::process::exit(code);
    }
    flush_stdout();
    // SAFETY: any thread may end the process. That no other one calls `exit` at this moment is up to the program, as in
    // C: the guard against it in the standard library is behind that lock.
    unsafe { libc::exit(code) }
}

/// A thread of the parent may have held the lock of standard output. So this has a thread of its own for that, which
/// may wait for ever.
#[allow(clippy::disallowed_methods, reason = "prints nothing of its own")]
fn flush_stdout() {
    let Ok(bell) = Bell::new().map(Arc::new) else { return };
    let flushed = Arc::clone(&bell);
    let flush = move || {
        // `std::process::exit` drops this error, too: there is no other place to write to.
        let _ = io::stdout().flush();
        flushed.ring();
    };
    if OwnThread::start("memguard-flush", flush).is_ok() {
        bell.wait(Some(Instant::now() + FLUSH));
    }
}
