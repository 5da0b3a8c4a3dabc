//! The default session: the static that holds it, how it is configured, and the functions that need nothing else.

use crate::core::{PurgeReport, tell};
use crate::session::Session;
use crate::signal::{self, CatchError, Duties};
use crate::{Error, Result};
use once_cell::race::OnceBox;
use std::fmt::Display;
use std::sync::atomic::{AtomicU32, Ordering};

/// Racing threads each build a session, and one of these wins. So no thread waits, not even a logger or an allocator
/// hook that is called while a session is being built.
static DEFAULT: OnceBox<Session> = OnceBox::new();

/// How many first uses have begun to build a session, and how many of these have ended.
static BEGUN: AtomicU32 = AtomicU32::new(0);
static ENDED: AtomicU32 = AtomicU32::new(0);

/// How often a first use tries to build a session while other first uses hold the pages that it needs.
const ATTEMPTS: u32 = 1000;

/// The default session. It is built on first use, and lasts as long as the process.
///
/// It has the defaults of [`Session::builder`], unless
/// [`SessionBuilder::build_default`](crate::SessionBuilder::build_default) built it.
///
/// # Errors
/// As [`SessionBuilder::build`](crate::SessionBuilder::build). The next call tries again.
///
/// ```
/// let buffer = memguard::Buffer::new(8)?;
/// assert!(memguard::session()?.exists(&buffer));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn session() -> Result<&'static Session> {
    let mut attempts = ATTEMPTS;
    loop {
        let (mine, ended) = (BEGUN.load(Ordering::Relaxed), ENDED.load(Ordering::Relaxed));
        let mut alone = true;
        let built = DEFAULT.get_or_try_init(|| {
            BEGUN.fetch_add(1, Ordering::Relaxed);
            let session = Session::new();
            ENDED.fetch_add(1, Ordering::Relaxed);
            alone = mine == ended && BEGUN.load(Ordering::Relaxed) == mine.wrapping_add(1);
            session.map(Box::new)
        });
        attempts -= 1;
        match (built, DEFAULT.get()) {
            (Ok(session), _) | (Err(_), Some(session)) => return Ok(session),
            // Racing threads, each with a session of its own, may have held the last pages that can be locked.
            (Err(Error::Limit(_)), None) if !alone && attempts > 0 => std::thread::yield_now(),
            (Err(error), None) => return Err(error),
        }
    }
}

/// The default session, if it is built.
pub(crate) fn found() -> Option<&'static Session> {
    DEFAULT.get()
}

/// Makes the session that `build` gives the default session. Never waits. If calls or first uses race, one of them
/// wins.
///
/// # Errors
/// [`Error::AlreadyConfigured`] if there is a default session. The new session is then dropped. Otherwise as `build`.
pub(crate) fn set_default(build: impl FnOnce() -> Result<Session>) -> Result<&'static Session> {
    if DEFAULT.get().is_some() {
        return Err(Error::AlreadyConfigured);
    }
    let built = build();
    if DEFAULT.get().is_some() {
        return Err(Error::AlreadyConfigured);
    }
    DEFAULT.set(Box::new(built?)).map_err(|_unused| Error::AlreadyConfigured)?;
    session()
}

/// Destroys the key and wipes every buffer of the default session. See [`Session::purge`].
///
/// ```
/// let buffer = memguard::Buffer::new(8)?;
/// memguard::purge();
/// assert!(!buffer.is_alive());
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn purge() -> PurgeReport {
    DEFAULT.get().map(Session::purge).unwrap_or_default()
}

/// Purges the default session and ends the process with this code.
///
/// ```no_run
/// memguard::safe_exit(0);
/// ```
pub fn safe_exit(code: i32) -> ! {
    purge();
    std::process::exit(code)
}

/// Purges the default session and panics with this message.
///
/// # Panics
/// Always.
///
/// ```should_panic
/// memguard::safe_panic("the key file is not readable");
/// ```
pub fn safe_panic(message: impl Display) -> ! {
    purge();
    panic!("{message}")
}

/// When one of `signals` arrives, calls `handler` with its number, then purges the default session, then exits the
/// process with [`SIGNAL_EXIT_CODE`](crate::SIGNAL_EXIT_CODE).
///
/// `signals` are the system's numbers. An empty slice means HUP, INT, QUIT, ALRM, TERM, USR1 and USR2. The handler runs
/// on a thread of its own, not in the signal handler, so it may call anything. Only the last of several calls has an
/// effect. Signals that it does not name do again what they do by default. Signals that arrive while a signal is being
/// handled are ignored.
///
/// A forked child catches nothing until it calls this function itself.
///
/// # Errors
/// [`Error::Uncatchable`] for KILL, STOP, ILL, FPE, SEGV and for numbers that are no signals. Nothing has changed then.
/// [`Error::System`] if the system gives no thread or refuses a signal.
///
/// ```
/// memguard::catch_signal(|signal| eprintln!("ended by signal {signal}"), &[libc::SIGTERM])?;
/// assert!(matches!(memguard::catch_signal(drop, &[libc::SIGKILL]), Err(memguard::Error::Uncatchable { signal: 9 })));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn catch_signal(handler: impl FnOnce(i32) + Send + 'static, signals: &[i32]) -> Result<()> {
    const DUTIES: Duties = Duties { purge: purge_quietly, tell: tell::signal_mishap };
    signal::catch(Box::new(handler), signals, DUTIES).map_err(|error| match error {
        CatchError::Uncatchable { signal } => Error::Uncatchable { signal },
        CatchError::System { call, errno } => Error::system(call, errno),
    })
}

fn purge_quietly() {
    purge();
}

/// When the user interrupts the process (INT, Ctrl-C), purges the default session and exits with
/// [`SIGNAL_EXIT_CODE`](crate::SIGNAL_EXIT_CODE).
///
/// # Errors
/// As [`catch_signal`].
///
/// ```
/// memguard::catch_interrupt()?;
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn catch_interrupt() -> Result<()> {
    catch_signal(drop, &[libc::SIGINT])
}
