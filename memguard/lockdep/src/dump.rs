//! Who waits for whom, when somebody asks from outside.

use crate::wait_graph::WaitGraph;
use signal_hook::consts::SIGQUIT;
use signal_hook::iterator::Signals;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

static STARTED: AtomicBool = AtomicBool::new(false);

/// From now on, SIGQUIT (`kill -QUIT`, or Ctrl-\ in a terminal) no longer ends the process. It prints
/// [`WaitGraph::now`] to the standard error. The process goes on.
///
/// A thread prints it, not the signal handler. A second call does nothing. A forked child has no such thread.
///
/// Without the feature `check` nothing is started, and SIGQUIT stays as it is.
///
/// # Errors
///
/// If the system refuses the signal or a thread.
///
/// ```
/// memguard_lockdep::dump_on_quit()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn dump_on_quit() -> io::Result<()> {
    if cfg!(not(feature = "check")) || STARTED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let started = start();
    STARTED.store(started.is_ok(), Ordering::Relaxed);
    started
}

fn start() -> io::Result<()> {
    let mut quits = Signals::new([SIGQUIT])?;
    let run = move || {
        for _ in quits.forever() {
            // Where the standard error is closed, nobody reads it.
            let _ = io::stderr().write_all(WaitGraph::now().to_string().as_bytes());
        }
    };
    thread::Builder::new().name("lockdep dump".to_owned()).spawn(run).map(drop)
}
