//! The default session: the only static of the library, and the functions that use it.

use crate::signal::{self, CatchError, Duties, Mishap};
use crate::{Error, PurgeReport, Result, Session};
use once_cell::race::OnceBox;
use std::fmt::Display;

/// Racing initialisers each build a session and one wins, so nobody waits for anybody, not even a logger or an allocator
/// hook that comes back here while a session is being built.
static DEFAULT: OnceBox<Session> = OnceBox::new();

/// The default session, built on first use with the defaults of [`Session::builder`]. It lasts as long as the process.
///
/// # Errors
/// As [`SessionBuilder::build`](crate::SessionBuilder::build); the next call tries again.
///
/// ```
/// let buffer = memguard::Buffer::new(8)?;
/// assert!(memguard::session()?.exists(&buffer));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn session() -> Result<&'static Session> {
    DEFAULT.get_or_try_init(|| Ok(Box::new(Session::new()?)))
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
/// Always: that is what it is for.
///
/// ```should_panic
/// memguard::safe_panic("the key file is not readable");
/// ```
pub fn safe_panic(message: impl Display) -> ! {
    purge();
    panic!("{message}")
}

/// From now on, when one of `signals` arrives: `handler` is called with its number, then the default session is purged, then
/// the process exits with [`SIGNAL_EXIT_CODE`](crate::SIGNAL_EXIT_CODE).
///
/// `signals` are the system's numbers. None means HUP, INT, QUIT, ALRM, TERM, USR1 and USR2. The handler runs on a thread of
/// its own, not in the signal handler, so it may call anything, here and elsewhere. Of several calls only the last has an
/// effect: signals that it does not name do again what they do by default. Signals that arrive while one is being handled are
/// ignored.
///
/// In a forked child nothing is caught, until it calls this itself.
///
/// # Errors
/// [`Error::Uncatchable`] for KILL, STOP, ILL, FPE, SEGV and for what is no signal. Nothing has changed then.
/// [`Error::System`] if the system gives no thread or refuses a signal.
///
/// ```
/// memguard::catch_signal(|signal| eprintln!("ended by signal {signal}"), &[libc::SIGTERM])?;
/// assert!(matches!(memguard::catch_signal(drop, &[libc::SIGKILL]), Err(memguard::Error::Uncatchable { signal: 9 })));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn catch_signal(handler: impl FnOnce(i32) + Send + 'static, signals: &[i32]) -> Result<()> {
    const DUTIES: Duties = Duties { purge: purge_quietly, tell: tell_of };
    signal::catch(Box::new(handler), signals, DUTIES).map_err(|error| match error {
        CatchError::Uncatchable { signal } => Error::Uncatchable { signal },
        CatchError::System { call, errno } => Error::System { call, errno },
    })
}

fn purge_quietly() {
    purge();
}

fn tell_of(mishap: &Mishap) {
    match mishap {
        Mishap::HandlerPanicked { .. } => log::error!("{mishap}"),
        Mishap::NoDefault { .. } => log::warn!("{mishap}"),
    }
}

/// Purges the default session and exits with [`SIGNAL_EXIT_CODE`](crate::SIGNAL_EXIT_CODE) when the user interrupts the process
/// (INT, Ctrl-C).
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

/// Whether the buffer is alive and belongs to the default session. Never waits.
///
/// ```
/// let buffer = memguard::Buffer::new(8)?;
/// assert!(memguard::exists(&buffer));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn exists(buffer: &crate::Buffer) -> bool {
    DEFAULT.get().is_some_and(|session| session.exists(buffer))
}

/// Overwrites the bytes with zeros, in a way that is never optimised away.
///
/// ```
/// let mut bytes = [1, 2, 3];
/// memguard::wipe_bytes(&mut bytes);
/// assert_eq!(bytes, [0; 3]);
/// ```
pub fn wipe_bytes(bytes: &mut [u8]) {
    zeroize::Zeroize::zeroize(bytes);
}

/// Overwrites the bytes with randomness fit for keys.
///
/// # Errors
/// [`Error::System`] if the system gives no randomness; the bytes may then be changed in part.
///
/// ```
/// let mut bytes = [0; 16];
/// memguard::scramble_bytes(&mut bytes)?;
/// assert_ne!(bytes, [0; 16]);
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn scramble_bytes(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes)
        .map_err(|error| Error::System { call: "getrandom", errno: error.raw_os_error().unwrap_or_default() })
}
