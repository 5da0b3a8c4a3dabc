//! What signals do to a run: SIGINT and SIGTERM end it early, SIGQUIT asks what the threads do.

use super::exit::Exit;
use super::output::complain;
use crate::engine::Monitor;
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The signals that end a run early, with their names and exit codes.
const ENDING: [(i32, &str, Exit); 2] = [(SIGINT, "SIGINT", Exit::Interrupted), (SIGTERM, "SIGTERM", Exit::Terminated)];

/// The signal that ended the run.
#[derive(Debug)]
pub struct Ending(Arc<AtomicUsize>);

impl Ending {
    /// The signal's name, and the exit code after it.
    pub fn signal(&self) -> Option<(&'static str, Exit)> {
        let number = i32::try_from(self.0.load(Ordering::Relaxed)).ok()?;
        ENDING.into_iter().find(|&(signal, ..)| signal == number).map(|(_, name, exit)| (name, exit))
    }
}

/// Catches the signals until the process ends. A second signal of the ending ones ends it at once.
///
/// # Errors
/// The system's error, if a signal cannot be caught.
pub fn catch(monitor: &Monitor) -> io::Result<Ending> {
    let ended_by = Arc::new(AtomicUsize::new(0));
    for (signal, _, exit) in ENDING {
        // A shell starts a background job with SIGINT ignored.
        if !is_ignored(signal)? {
            flag::register_conditional_shutdown(signal, i32::from(exit as u8), Arc::clone(&monitor.interrupted))?;
            flag::register_usize(signal, Arc::clone(&ended_by), signal.unsigned_abs() as usize)?;
            flag::register(signal, Arc::clone(&monitor.interrupted))?;
        }
    }
    let (mut asked, monitor) = (Signals::new([SIGQUIT])?, monitor.clone());
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for _ in asked.forever() {
            complain(format_args!("SIGQUIT: what the run does\n{monitor}end of SIGQUIT"));
        }
    })?;
    Ok(Ending(ended_by))
}

fn is_ignored(signal: i32) -> io::Result<bool> {
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the pointer is to memory for a `sigaction`, of which all bits zero are a valid one.
    let (failed, now) = unsafe { (libc::sigaction(signal, ptr::null(), now.as_mut_ptr()) != 0, now.assume_init()) };
    if failed { Err(io::Error::last_os_error()) } else { Ok(now.sa_sigaction == libc::SIG_IGN) }
}
