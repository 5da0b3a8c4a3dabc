//! A child that works in several threads until its process ends.

use memguard::sync::lockdep;
use memguard::{Buffer, Enclave};
use std::io::PipeWriter;
use std::os::fd::IntoRawFd as _;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::Duration;

/// What a child says when it has a secret and catches signals. Its handler says the number of the signal.
pub(super) const READY: u8 = 100;

/// What it says in an exit handler, if the secret that it had is wiped.
pub(super) const WIPED: u8 = 101;

/// What it says in an exit handler, if it took no lock out of order.
pub(super) const ORDERED: u8 = 102;

/// The code of a child that calls `safe_exit`.
pub(super) const EXIT_CODE: i32 = 17;

/// Far longer than the child needs. Exit handlers that run late would not run at all.
const DEADLINE: Duration = Duration::from_secs(600);

/// How many threads it has beside the first.
const THREADS: usize = 3;

/// What ends the child.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    /// Its parent sends a signal when it hears that the child is ready.
    SignalOfParent,
    /// Its first thread sends a signal inside an access, after so many operations.
    OwnSignal {
        /// The number of the signal.
        number: i32,
        /// How many operations.
        after: usize,
    },
    /// Its first thread calls `safe_exit` after so many operations.
    SafeExit {
        /// How many operations.
        after: usize,
    },
}

/// The child's end of the pipe. Only children set it.
static SAYS: AtomicI32 = AtomicI32::new(-1);

/// A secret that the child has when the signal comes. Only children set it.
static SECRET: OnceLock<Buffer> = OnceLock::new();

/// How many violations of the lock order its parent had. Only children set it.
static INHERITED: AtomicUsize = AtomicUsize::new(0);

/// The body of a child. The code that it returns says what could not be set up.
pub(super) fn work_until_the_end(says: PipeWriter, ending: Ending) -> i32 {
    SAYS.store(says.into_raw_fd(), Ordering::SeqCst);
    INHERITED.store(lockdep::violation_count(), Ordering::SeqCst);
    let Ok(secret) = Buffer::random(64) else { return 1 };
    if SECRET.set(secret).is_err() {
        return 2;
    }
    // SAFETY: registers a function that stays.
    if unsafe { libc::atexit(at_exit) } != 0 {
        return 3;
    }
    if memguard::catch_signal_within(DEADLINE, |signal| say(signal as u8), &[libc::SIGTERM, libc::SIGINT]).is_err() {
        return 4;
    }
    if (0..THREADS).any(|_| !start()) {
        return 5;
    }
    say(READY);
    for round in 0.. {
        match ending {
            Ending::OwnSignal { number, after } if round == after => {
                // SAFETY: a signal to this process.
                let send = |_: &[u8]| unsafe { libc::kill(libc::getpid(), number) };
                if Buffer::new(8).and_then(|buffer| buffer.with_data(send)).is_err() {
                    return 6;
                }
            }
            Ending::SafeExit { after } if round == after => memguard::safe_exit(EXIT_CODE),
            _ => work(),
        }
    }
    0
}

/// Starts a thread that works for ever. Threads of the standard library start under a lock that a thread of the parent
/// may have held.
fn start() -> bool {
    extern "C" fn run(_: *mut libc::c_void) -> *mut libc::c_void {
        loop {
            work();
        }
    }
    let mut thread = 0;
    // SAFETY: the pointer is to a live integer. The function needs no argument.
    unsafe { libc::pthread_create(&mut thread, ptr::null(), run, ptr::null_mut()) == 0 }
}

/// Takes all locks. The session is purged in between, so any of these may be refused.
fn work() {
    let _ = Enclave::new(&mut [1; 64]).and_then(|sealed| sealed.open()).and_then(|opened| opened.destroy());
    let _ = Buffer::random(8).and_then(|buffer| buffer.try_clone()).and_then(|clone| clone.freeze());
    if let Some(secret) = SECRET.get() {
        let _ = secret.read().map(|_inside| Buffer::new(5000).map(drop));
    }
}

/// Writes straight to the descriptor, because the process is ending.
fn say(word: u8) {
    // SAFETY: the pointer is to one live byte.
    unsafe { libc::write(SAYS.load(Ordering::SeqCst), ptr::from_ref(&word).cast(), 1) };
}

extern "C" fn at_exit() {
    if SECRET.get().is_some_and(|secret| !secret.is_alive()) {
        say(WIPED);
    }
    if lockdep::violation_count() == INHERITED.load(Ordering::SeqCst) {
        say(ORDERED);
    }
}
