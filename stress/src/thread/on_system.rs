//! Threads of the system. It schedules them as it likes, so a run cannot be repeated exactly.

use memguard::sync::lockdep;
use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

pub use std::thread::{JoinHandle, spawn, yield_now};

/// Thousands of times what a program takes. Less than the limit that the fuzzer is given, so that a hang is reported from here,
/// with who holds what.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `body` on a thread of its own and gives its answer. Who makes a step when is for the system to say: `schedule` is not
/// looked at.
///
/// # Panics
/// As `body` does, or if it has not ended after 20 seconds: the panic says who holds what and who waits for what.
pub fn run<R: Send + 'static>(schedule: &[u8], body: impl Fn() -> R + Send + Sync + 'static) -> R {
    let _ = schedule;
    let (over, is_over) = mpsc::channel::<()>();
    let thread = spawn(move || {
        // Dropped when the body ends, in whichever way.
        let _over = over;
        body()
    });
    if is_over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
        panic!("PROGRESS: nothing has come of it for {PATIENCE:?}; who holds what and waits for what:\n{}", lockdep::snapshot());
    }
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}

/// To be called before a panic that is planted. Any number of threads can unwind at a time.
pub fn before_panic() {}
