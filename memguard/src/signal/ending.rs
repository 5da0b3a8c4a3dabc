//! The way from a caught signal to the end of the process.
//!
//! Three threads go it. They are made before the first signal, because a process that is dying may get no thread.
//!
//! | thread | runs |
//! |---|---|
//! | `memguard-signal` | waits for a signal, watches over the other two, purges. It runs no code of others |
//! | `memguard-handle` | the user's handler |
//! | `memguard-exit` | `exit`, and with it the exit handlers of the process |
//!
//! So the first thread goes on if code of others panics or never returns: at the deadline, or [`GRACE`] after one more
//! signal.

use super::cue::Cue;
use super::delivery::{Delivery, Handler};
use super::exit::exit;
use crate::sync::{Bell, OwnThread, Process, contain};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The exit code of a process after a caught signal, as in Go memguard.
pub const SIGNAL_EXIT_CODE: i32 = 1;

/// How long the handler, or the exit handlers, may still run when one more signal arrives. Not at once, because many
/// senders signal a process and then its group, so that a process gets the same signal twice.
const GRACE: Duration = Duration::from_secs(1);

/// What the three threads share.
pub(super) struct Ending {
    process: Process,
    delivery: Delivery,
    purge: fn(),
    /// How long the handler may run, and how long the exit handlers, in nanoseconds.
    deadline: AtomicU64,
    /// The signal that began the end. 0 before that.
    signal: AtomicI32,
    /// How many signals have arrived.
    arrivals: AtomicU32,
    /// Whether the handler has returned or panicked.
    is_handled: AtomicBool,
    /// Whether the threads are not needed.
    is_abandoned: AtomicBool,
    /// Rings when any of these changes.
    changed: Bell,
    handle: Cue,
    exit: Cue,
}

impl Ending {
    /// Starts the threads. `purge` is called before the process ends, and must not run code of others.
    pub(super) fn prepare(purge: fn()) -> io::Result<Arc<Self>> {
        let ending = Arc::new(Self {
            process: Process::current(),
            delivery: Delivery::new(),
            purge,
            deadline: AtomicU64::new(0),
            signal: AtomicI32::new(0),
            arrivals: AtomicU32::new(0),
            is_handled: AtomicBool::new(false),
            is_abandoned: AtomicBool::new(false),
            changed: Bell::new()?,
            handle: Cue::new()?,
            exit: Cue::new()?,
        });
        let start = |name, run: fn(&Self)| {
            let shared = Arc::clone(&ending);
            OwnThread::start(name, move || run(&shared))
        };
        start("memguard-signal", Self::run_guard)
            .and_then(|_| start("memguard-handle", Self::run_handler))
            .and_then(|_| start("memguard-exit", Self::run_exit))
            .inspect_err(|_| ending.abandon())?;
        Ok(ending)
    }

    /// Lets the threads end. No signal has arrived.
    pub(super) fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::Release);
        self.changed.ring();
        self.handle.give();
        self.exit.give();
    }

    /// Puts a handler and a deadline in force. Returns the handler before.
    pub(super) fn set(&self, handler: Handler, deadline: Duration) -> Option<Handler> {
        let nanoseconds = u64::try_from(deadline.as_nanos()).unwrap_or(u64::MAX);
        self.deadline.store(nanoseconds, Ordering::Release);
        self.delivery.install(handler)
    }

    /// Whether this process has these threads.
    pub(super) fn is_here(&self) -> bool {
        self.process.is_current()
    }

    pub(super) fn has_begun(&self) -> bool {
        self.arrivals.load(Ordering::Acquire) > 0
    }

    /// A signal has arrived. Async-signal-safe, apart from `errno`.
    pub(super) fn arrive(&self, signal: i32) {
        // Only the first one is handled.
        let _ = self.signal.compare_exchange(0, signal, Ordering::AcqRel, Ordering::Relaxed);
        self.arrivals.fetch_add(1, Ordering::Release);
        self.changed.ring();
    }

    fn run_guard(&self) {
        while !self.has_begun() {
            if self.is_abandoned.load(Ordering::Acquire) {
                return;
            }
            self.changed.wait(None);
        }
        // Read once, because the handler may set another one.
        let deadline = Duration::from_nanos(self.deadline.load(Ordering::Acquire));
        self.handle.give();
        self.wait_for(1, deadline, || self.is_handled.load(Ordering::Acquire));
        let arrivals = self.arrivals.load(Ordering::Acquire);
        contain(self.purge);
        self.exit.give();
        self.wait_for(arrivals, deadline, || false);
        leave()
    }

    /// Waits until it is done, or until the deadline, or for [`GRACE`] once more than `expected` signals have arrived.
    fn wait_for(&self, expected: u32, deadline: Duration, is_done: impl Fn() -> bool) {
        let after = |time| Instant::now().checked_add(time);
        // A deadline too long to be represented never comes.
        let mut until = after(deadline);
        let mut is_hurried = false;
        while !is_done() {
            if !is_hurried && self.arrivals.load(Ordering::Acquire) > expected {
                is_hurried = true;
                until = until.into_iter().chain(after(GRACE)).min();
            }
            if !self.changed.wait(until) {
                return;
            }
        }
    }

    fn run_handler(&self) {
        self.handle.wait();
        if self.is_abandoned.load(Ordering::Acquire) {
            return;
        }
        self.delivery.deliver(self.signal.load(Ordering::Acquire));
        if !self.is_here() {
            // The handler forked and returned in the child, which has no other thread.
            leave();
        }
        self.is_handled.store(true, Ordering::Release);
        self.changed.ring();
        // If this thread ended, it would run destructors of thread-locals, which may be code of others. A panic there
        // would abort the process.
        loop {
            std::thread::park();
        }
    }

    fn run_exit(&self) {
        self.exit.wait();
        if !self.is_abandoned.load(Ordering::Acquire) {
            exit(SIGNAL_EXIT_CODE);
        }
    }
}

/// Ends the process at once.
fn leave() -> ! {
    // SAFETY: ends the process, without any code of it.
    unsafe { libc::_exit(SIGNAL_EXIT_CODE) }
}
