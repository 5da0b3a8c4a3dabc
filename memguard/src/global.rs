//! The default session: the static that holds it, how it is configured, and the functions that need nothing else.

use crate::core::{self, PurgeReport};
use crate::session::Session;
use crate::signal::{self, CatchError, exit};
use crate::{Error, Result};
use once_cell::race::OnceBox;
use std::any::Any;
use std::fmt::Display;
use std::panic::panic_any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Racing threads each build a session, and one of these wins. So no thread waits, not even a logger or an allocator
/// hook that is called while a session is being built.
static DEFAULT: OnceBox<Session> = OnceBox::new();

/// How many first uses have begun to build a session, and how many of these have ended.
static BEGUN: AtomicU32 = AtomicU32::new(0);
static ENDED: AtomicU32 = AtomicU32::new(0);

/// How often a first use tries to build a session while other first uses hold the pages that it needs.
const ATTEMPTS: u32 = 1000;

/// Half of this and the purge fit into the 10 s that `docker stop` gives a process.
const SIGNAL_DEADLINE: Duration = Duration::from_secs(4);

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

/// Destroys the key and wipes every buffer of the default session. See [`Session::purge`]. [`purge_all`] reaches the
/// other sessions too. [What wipes what](Session#what-wipes-what) compares them.
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

/// Purges every session of the process, as [`Session::purge`] does: the default session, and each that any thread or
/// library has built and that has not ended. Works at any time. Returns the sum of the reports.
///
/// Every session is purged before any of them logs. A session that is built meanwhile may be left as it is. A forked
/// child purges its own sessions only. [What wipes what](Session#what-wipes-what) says what no purge reaches.
///
/// ```
/// let session = memguard::Session::new()?;
/// let (buffer, other) = (memguard::Buffer::new(8)?, session.buffer(8)?);
/// assert!(memguard::purge_all().wiped >= 2);
/// assert!(!buffer.is_alive() && !other.is_alive());
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn purge_all() -> PurgeReport {
    core::purge_all()
}

/// Purges every session, as [`purge_all`] does, and ends the process with this code, as [`std::process::exit`] does.
/// What other threads make between the two is [not reached](Session#what-wipes-what).
///
/// ```no_run
/// memguard::safe_exit(0);
/// ```
pub fn safe_exit(code: i32) -> ! {
    purge_all();
    exit(code)
}

/// Purges every session, as [`purge_all`] does, and panics with this message, at the place of the call.
/// [`safe_panic_any`] takes any value.
///
/// # Panics
/// Always.
///
/// ```should_panic
/// memguard::safe_panic("the key file is not readable");
/// ```
#[track_caller]
pub fn safe_panic(message: impl Display) -> ! {
    purge_all();
    // Written before the panic begins: a panic while another one is told aborts the process.
    let message = message.to_string();
    panic!("{message}")
}

/// Purges every session, as [`purge_all`] does, and panics with this payload, as [`std::panic::panic_any`] does. The
/// code that catches the panic gets the payload. For a message, use [`safe_panic`].
///
/// # Panics
/// Always.
///
/// ```
/// #[derive(Debug, PartialEq)]
/// struct Code(i32);
///
/// let panic = std::panic::catch_unwind(|| memguard::safe_panic_any(Code(3))).unwrap_err();
/// assert_eq!(panic.downcast_ref(), Some(&Code(3)));
/// ```
#[track_caller]
pub fn safe_panic_any(payload: impl Any + Send) -> ! {
    purge_all();
    panic_any(payload)
}

/// When one of `signals` arrives, calls `handler` with its number, then purges every session, then exits the process
/// with [`SIGNAL_EXIT_CODE`](crate::SIGNAL_EXIT_CODE).
///
/// `signals` are the system's numbers. An empty slice means HUP, INT, QUIT, ALRM, TERM, USR1 and USR2, without those
/// that the process ignores. `nohup` makes it ignore HUP, and a shell without job control makes its background jobs
/// ignore INT and QUIT. A signal that is named is caught even if it was ignored.
/// Only the last of several calls has an effect. Signals that it does not name do again what they did before they were
/// caught. A handler that other code has for a named signal is not called any more.
///
/// The handler runs on a thread of its own, not in the signal handler, so it may call anything. That thread blocks all
/// signals. The end does not depend on the handler:
///
/// - If it panics, the panic goes through the panic hook and ends there. So memguard logs nothing of it.
/// - If it does not return within 4 seconds, it is not waited for any longer. See [`catch_signal_within`].
/// - Further signals do not call it again. The first of them gives it one more second at most.
///
/// The exit runs the exit handlers of the process (`atexit`). They have the same time as the handler. After that, or a
/// second after a further signal, the process ends without them. Secrets are wiped by then:
/// [What wipes what](Session#what-wipes-what) has the exceptions. A handler that ends the process by itself chooses the
/// exit code. It should call [`safe_exit`].
///
/// A forked child catches nothing until it calls this function itself. Signals do there what they did before they were
/// caught.
///
/// # Errors
/// [`Error::Uncatchable`] for KILL, STOP, ILL, FPE, SEGV and for numbers that are no signals.
/// [`Error::System`] if the system gives no thread or refuses a signal. Nothing has changed then.
///
/// # Panics
/// If the handler before is dropped and panics as it is dropped. The new one is in force then.
///
/// ```
/// memguard::catch_signal(|signal| eprintln!("ended by signal {signal}"), &[libc::SIGTERM])?;
/// assert!(matches!(memguard::catch_signal(drop, &[libc::SIGKILL]), Err(memguard::Error::Uncatchable { signal: 9 })));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn catch_signal(handler: impl FnOnce(i32) + Send + 'static, signals: &[i32]) -> Result<()> {
    catch_signal_within(SIGNAL_DEADLINE, handler, signals)
}

/// Like [`catch_signal`], but waits at most `deadline` for the handler, and as long for the exit handlers of the
/// process. `Duration::MAX` means that only a further signal ends these waits.
///
/// `memguard/recipes/src/bin/signing_service.rs` answers the requests that are under way in its handler.
///
/// # Errors
/// As [`catch_signal`].
///
/// # Panics
/// As [`catch_signal`].
///
/// ```
/// use std::time::Duration;
/// // A handler may wait for other threads. If one of them hangs, the process ends after 20 seconds all the same.
/// let say_goodbye = |_| eprintln!("closing connections");
/// memguard::catch_signal_within(Duration::from_secs(20), say_goodbye, &[libc::SIGTERM])?;
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn catch_signal_within(
    deadline: Duration,
    handler: impl FnOnce(i32) + Send + 'static,
    signals: &[i32],
) -> Result<()> {
    signal::catch(Box::new(handler), signals, deadline, core::purge_all_untold).map_err(|error| match error {
        CatchError::Uncatchable { signal } => Error::Uncatchable { signal },
        CatchError::System { call, errno } => Error::system(call, errno),
    })
}

/// When the user interrupts the process (INT, Ctrl-C), purges every session and exits with
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
