//! Catches signals: takes them over from the system, and hands those that are wanted to the threads that end the
//! process.
//!
//! Nothing here waits. A forked child may be a copy of a process in which another thread was at any step of this.

use super::before::{LARGEST, before, take_over};
use super::delivery::Handler;
use super::disposition::Disposition;
use super::ending::Ending;
use libc::{SIGALRM, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGKILL, SIGQUIT, SIGSEGV, SIGSTOP, SIGTERM, SIGUSR1, SIGUSR2};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::time::Duration;
use std::{io, ptr};

/// The signals that are caught if none is named. They are sent to end a process.
const ENDING: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2];

/// The first two cannot be caught. The others are raised by the instruction that the handler would return to.
const FORBIDDEN: &[i32] = &[SIGKILL, SIGSTOP, SIGILL, SIGFPE, SIGSEGV];

static WATCH: AtomicPtr<Watch> = AtomicPtr::new(ptr::null_mut());

/// Why a signal cannot be caught.
#[derive(Debug)]
pub(crate) enum CatchError {
    /// No process can catch it, or it is no signal.
    Uncatchable { signal: i32 },
    /// The system refused a call.
    System { call: &'static str, errno: i32 },
}

/// Which signals end this process, and how. Made once in a process and never freed, because it is needed to the end.
struct Watch {
    ending: Arc<Ending>,
    /// The signals of the last call, one bit each.
    wanted: AtomicU64,
}

/// When one of `signals` arrives, `handler` is called, then `purge`, and the process ends. An empty slice means the
/// signals that are sent to end a process, without those that are ignored. A `purge` that was given before stays.
///
/// An error leaves everything as it was. Only the last call has an effect. If calls race, one of them is the last for
/// the handler, and one for the signals.
pub(crate) fn catch(handler: Handler, signals: &[i32], deadline: Duration, purge: fn()) -> Result<(), CatchError> {
    let signals = choose(signals)?;
    let watch = Watch::here(purge)?;
    take_over_all(&signals, watch)?;
    let handler_before = watch.ending.set(handler, deadline);
    watch.wanted.store(signals.iter().fold(0, |bits, &signal| bits | bit(signal)), Ordering::Release);
    // Another call that failed may have given a signal back meanwhile.
    for &signal in &signals {
        take_over(signal, on_signal).map_err(refused("sigaction"))?;
    }
    // Last, because its drop is code of others.
    drop(handler_before);
    Ok(())
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

fn refused(call: &'static str) -> impl FnOnce(io::Error) -> CatchError {
    move |error| CatchError::System { call, errno: error.raw_os_error().unwrap_or_default() }
}

/// The signals to catch. Changes nothing.
fn choose(signals: &[i32]) -> Result<Vec<i32>, CatchError> {
    let named = if signals.is_empty() { ENDING } else { signals };
    let mut chosen = Vec::with_capacity(named.len());
    for &signal in named {
        let uncatchable = CatchError::Uncatchable { signal };
        if !(1..=LARGEST).contains(&signal) || FORBIDDEN.contains(&signal) {
            return Err(uncatchable);
        }
        match Disposition::of(signal) {
            // The C library keeps some numbers for itself.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => return Err(uncatchable),
            Err(error) => return Err(refused("sigaction")(error)),
            // `nohup` and shells without job control ignore signals for the programs that they start.
            Ok(now) if signals.is_empty() && is_ignored(signal, &now) => {}
            Ok(_) => chosen.push(signal),
        }
    }
    Ok(chosen)
}

/// Whether the signal is ignored, or was before the library caught it.
fn is_ignored(signal: i32, now: &Disposition) -> bool {
    if now.is_caught_by(on_signal) { before(signal).is_ignore() } else { now.is_ignore() }
}

/// Takes over all signals or none.
fn take_over_all(signals: &[i32], watch: &Watch) -> Result<(), CatchError> {
    let mut taken = Vec::with_capacity(signals.len());
    for &signal in signals {
        match take_over(signal, on_signal) {
            Ok(found) => taken.extend(found.map(|found| (signal, found))),
            Err(error) => {
                for (signal, found) in taken {
                    give_back(signal, &found, watch);
                }
                return Err(refused("sigaction")(error));
            }
        }
    }
    Ok(())
}

fn give_back(signal: i32, found: &Disposition, watch: &Watch) {
    // What the system accepted before, it accepts again. Otherwise `on_signal` does the same.
    let _ = found.put(signal);
    if watch.wanted.load(Ordering::Acquire) & bit(signal) != 0 {
        // Another call wants it since. That call looks once more after it said so, so one of the two takes it over.
        let _ = take_over(signal, on_signal);
    }
}

impl Watch {
    /// The watch of this process. Async-signal-safe.
    fn found() -> Option<&'static Self> {
        // SAFETY: null or a leaked box.
        unsafe { WATCH.load(Ordering::Acquire).as_ref() }.filter(|watch| watch.ending.is_here())
    }

    /// The watch of this process. Racing threads each make one, and one of these wins. So no thread waits.
    fn here(purge: fn()) -> Result<&'static Self, CatchError> {
        let found = WATCH.load(Ordering::Acquire);
        if let Some(watch) = Self::found() {
            return Ok(watch);
        }
        let ending = Ending::prepare(purge).map_err(refused("pthread_create (for signals)"))?;
        let new = Box::into_raw(Box::new(Self { ending, wanted: AtomicU64::new(0) }));
        match WATCH.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: a box that is leaked now.
            Ok(_) => Ok(unsafe { &*new }),
            Err(_) => {
                // SAFETY: the box made above, which no other thread has seen.
                unsafe { Box::from_raw(new) }.ending.abandon();
                Self::here(purge)
            }
        }
    }

    /// Whether the signal ends the process. Once the end has begun, every signal hastens it.
    fn wants(&self, signal: i32) -> bool {
        self.wanted.load(Ordering::Acquire) & bit(signal) != 0 || self.ending.has_begun()
    }
}

/// The signal handler. It only wakes a thread.
///
/// In a forked child no thread waits, and a signal that is not wanted does what it did before it was caught.
extern "C" fn on_signal(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let errno = errno::errno();
    match Watch::found() {
        Some(watch) if watch.wants(signal) => watch.ending.arrive(signal),
        // SAFETY: the system called this signal handler with these arguments.
        _ => unsafe { before(signal).act(signal, info, context) },
    }
    errno::set_errno(errno);
}
