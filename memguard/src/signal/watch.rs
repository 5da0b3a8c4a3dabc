//! The thread that waits for signals.

use super::delivery::{Delivery, Handler};
use crate::sync::Process;
use signal_hook::consts::{FORBIDDEN, SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;
use std::io;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// The exit code of a process after a caught signal, as in Go memguard.
pub const SIGNAL_EXIT_CODE: i32 = 1;

/// The signals that are caught if none is named. They are sent to end a process.
const ENDING: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2];

/// The largest number of a signal on Linux.
const LARGEST: i32 = 64;

static WATCH: AtomicPtr<Watch> = AtomicPtr::new(std::ptr::null_mut());

/// What the thread calls besides the user's handler.
#[derive(Clone, Copy)]
pub(crate) struct Duties {
    /// Called before the process ends.
    pub(crate) purge: fn(),
    /// Called with what went wrong.
    pub(crate) tell: fn(&Mishap),
}

/// What went wrong in the thread. The thread goes on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Mishap {
    #[error("the handler of signal {signal} panicked; the session is purged anyway")]
    HandlerPanicked { signal: i32 },
    #[error("signal {signal} is no longer caught and has no default: {error}")]
    NoDefault { signal: i32, error: io::Error },
}

/// Why a signal cannot be caught.
#[derive(Debug)]
pub(crate) enum CatchError {
    /// No process can catch it, or it is no signal.
    Uncatchable { signal: i32 },
    /// The system refused a call.
    System { call: &'static str, errno: i32 },
}

/// The thread that waits for signals, as seen from outside. Made once in a process and never freed, because it is
/// needed to the end.
struct Watch {
    process: Process,
    signals: Handle,
    delivery: Delivery,
    duties: Duties,
    /// The signals of the last call, one bit each.
    wanted: AtomicU64,
    /// The signals of any call: those that reach this library at all.
    known: AtomicU64,
}

/// When one of `signals` arrives, the thread calls `handler` and the duties, and ends the process. An empty slice means
/// the signals that are sent to end a process. The duties of the first call in a process stay.
pub(crate) fn catch(handler: Handler, signals: &[i32], duties: Duties) -> Result<(), CatchError> {
    let signals = if signals.is_empty() { ENDING } else { signals };
    let uncatchable = |signal: &&i32| !(1..=LARGEST).contains(*signal) || FORBIDDEN.contains(*signal);
    if let Some(&signal) = signals.iter().find(uncatchable) {
        return Err(CatchError::Uncatchable { signal });
    }
    let watch = Watch::here(duties)?;
    watch.delivery.install(handler);
    // `wanted` is set first. Otherwise the thread would treat a signal that arrives early as one that is not wanted.
    watch.wanted.fetch_or(signals.iter().fold(0, |bits, &signal| bits | bit(signal)), Ordering::AcqRel);
    for &signal in signals {
        watch.add(signal)?;
    }
    watch.wanted.store(signals.iter().fold(0, |bits, &signal| bits | bit(signal)), Ordering::Release);
    Ok(())
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

fn refused(call: &'static str) -> impl FnOnce(io::Error) -> CatchError {
    move |error| CatchError::System { call, errno: error.raw_os_error().unwrap_or_default() }
}

impl Watch {
    fn installed() -> Option<&'static Self> {
        // SAFETY: null or a leaked box.
        unsafe { WATCH.load(Ordering::Acquire).as_ref() }
    }

    /// The watch of this process. Racing threads each make one, and one of these wins. So no thread waits.
    fn here(duties: Duties) -> Result<&'static Self, CatchError> {
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
            duties,
            wanted: AtomicU64::new(0),
            known: AtomicU64::new(0),
        }));
        let new = std::ptr::from_ref(watch).cast_mut();
        if WATCH.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return Self::here(duties);
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

    fn add(&self, signal: i32) -> Result<(), CatchError> {
        if self.known.fetch_or(bit(signal), Ordering::AcqRel) & bit(signal) != 0 {
            return Ok(());
        }
        let in_a_child_by_default = move || {
            if !Self::installed().is_some_and(|watch| watch.process.is_current()) {
                // No thread here waits for the signal. A refusal means that the signal has no default. Then there is
                // nothing to do.
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
        let Duties { purge, tell } = self.duties;
        for signal in signals.forever() {
            if self.wanted.load(Ordering::Acquire) & bit(signal) == 0 {
                if let Err(error) = emulate_default_handler(signal) {
                    tell(&Mishap::NoDefault { signal, error });
                }
                continue;
            }
            if !self.delivery.deliver(signal, purge) {
                tell(&Mishap::HandlerPanicked { signal });
            }
            std::process::exit(SIGNAL_EXIT_CODE);
        }
    }
}
