//! Signals: a thread waits for them, runs the user's handler, purges the default session and ends the process.
//!
//! The signal handler proper only wakes that thread, so a signal may arrive at any moment, under any lock: the thread that it
//! interrupts goes on and releases what it holds.

mod delivery;

pub use delivery::Delivery;

use crate::core::tell;
use crate::sync::Process;
use crate::{Error, Result, global};
use signal_hook::consts::{FORBIDDEN, SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;
use std::io;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// What a process ends with after a caught signal, as with Go memguard.
pub const SIGNAL_EXIT_CODE: i32 = 1;

/// What is caught if no signal is named: those that are sent to end a process.
const ENDING: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2];

/// The largest number of a signal on Linux.
const LARGEST: i32 = 64;

static WATCH: AtomicPtr<Watch> = AtomicPtr::new(std::ptr::null_mut());

/// The thread that waits for signals, as seen from outside. Made once in a process and never freed: it is needed to the end.
struct Watch {
    process: Process,
    signals: Handle,
    delivery: Delivery,
    /// The signals of the last call, one bit each.
    wanted: AtomicU64,
    /// The signals of any call: those that reach this library at all.
    known: AtomicU64,
}

/// From now on, when one of `signals` arrives: `handler` is called with its number, then the default session is purged, then
/// the process exits with [`SIGNAL_EXIT_CODE`].
///
/// `signals` are the system's numbers; none means HUP, INT, QUIT, ALRM, TERM, USR1 and USR2. The handler runs on a thread of
/// its own, not in the signal handler, so it may call anything, here and elsewhere. Of several calls only the last has an
/// effect: signals that it does not name do again what they do by default. Signals that arrive while one is being handled are
/// ignored.
///
/// In a forked child nothing is caught, until it calls this itself.
///
/// # Errors
/// [`Error::Uncatchable`] for KILL, STOP, ILL, FPE, SEGV and for what is no signal; nothing has changed then. [`Error::System`] if the
/// system gives no thread or refuses a signal.
///
/// ```
/// memguard::catch_signal(|signal| eprintln!("ended by signal {signal}"), &[libc::SIGTERM])?;
/// assert!(matches!(memguard::catch_signal(drop, &[libc::SIGKILL]), Err(memguard::Error::Uncatchable { signal: 9 })));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn catch_signal(handler: impl FnOnce(i32) + Send + 'static, signals: &[i32]) -> Result<()> {
    let signals = if signals.is_empty() { ENDING } else { signals };
    let uncatchable = |signal: &&i32| !(1..=LARGEST).contains(*signal) || FORBIDDEN.contains(*signal);
    if let Some(&signal) = signals.iter().find(uncatchable) {
        return Err(Error::Uncatchable { signal });
    }
    let watch = Watch::here()?;
    watch.delivery.install(Box::new(handler));
    // Wanted first: a signal must not arrive at a thread that gives it back.
    watch.wanted.fetch_or(signals.iter().fold(0, |bits, &signal| bits | bit(signal)), Ordering::AcqRel);
    for &signal in signals {
        watch.add(signal)?;
    }
    watch.wanted.store(signals.iter().fold(0, |bits, &signal| bits | bit(signal)), Ordering::Release);
    Ok(())
}

/// Purges the default session and exits with [`SIGNAL_EXIT_CODE`] when the user interrupts the process (INT, Ctrl-C).
///
/// # Errors
/// As [`catch_signal`].
///
/// ```
/// memguard::catch_interrupt()?;
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn catch_interrupt() -> Result<()> {
    catch_signal(drop, &[SIGINT])
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

fn refused(call: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::System { call, source: error.into() }
}

impl Watch {
    fn installed() -> Option<&'static Self> {
        // SAFETY: null or a leaked box.
        unsafe { WATCH.load(Ordering::Acquire).as_ref() }
    }

    /// The one of this process. Racing threads each make one and one wins, so nobody waits.
    fn here() -> Result<&'static Self> {
        let found = WATCH.load(Ordering::Acquire);
        // SAFETY: null or a leaked box.
        if let Some(watch) = unsafe { found.as_ref() }.filter(|watch| watch.process.is_current()) {
            return Ok(watch);
        }
        let signals = Signals::new([0; 0]).map_err(refused("socketpair (for signals)"))?;
        let watch: &'static Self = Box::leak(Box::new(Self {
            process: Process::current(),
            signals: signals.handle(),
            delivery: Delivery::new(),
            wanted: AtomicU64::new(0),
            known: AtomicU64::new(0),
        }));
        let new = std::ptr::from_ref(watch).cast_mut();
        if WATCH.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return Self::here();
        }
        let run = move || watch.run(signals);
        let thread = std::thread::Builder::new().name("memguard-signal".into()).spawn(run);
        if let Err(error) = thread {
            // The next call tries again.
            WATCH.store(std::ptr::null_mut(), Ordering::Release);
            return Err(refused("clone (the signal thread)")(error));
        }
        Ok(watch)
    }

    fn add(&self, signal: i32) -> Result<()> {
        if self.known.fetch_or(bit(signal), Ordering::AcqRel) & bit(signal) != 0 {
            return Ok(());
        }
        let in_a_child_by_default = move || {
            if !Self::installed().is_some_and(|watch| watch.process.is_current()) {
                // Nobody here waits for it. A refusal means that the signal has no default: then there is nothing to do.
                let _ = emulate_default_handler(signal);
            }
        };
        // SAFETY: the action only loads atomics and calls what is documented as safe in a signal handler.
        unsafe { signal_hook::low_level::register(signal, in_a_child_by_default) }
            .and_then(|_| self.signals.add_signal(signal))
            .map_err(refused("sigaction"))
            .inspect_err(|_| {
                self.known.fetch_and(!bit(signal), Ordering::AcqRel);
            })
    }

    fn run(&self, mut signals: Signals) {
        for signal in signals.forever() {
            if self.wanted.load(Ordering::Acquire) & bit(signal) == 0 {
                if let Err(error) = emulate_default_handler(signal) {
                    tell::signal_has_no_default(signal, &error);
                }
                continue;
            }
            self.delivery.deliver(signal, || {
                global::purge();
            });
            std::process::exit(SIGNAL_EXIT_CODE);
        }
    }
}
