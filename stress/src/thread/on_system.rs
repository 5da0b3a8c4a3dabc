//! Threads of the system. It schedules them as it likes, so a run cannot be repeated exactly.

use memguard_lockdep::WaitGraph;
use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

pub use std::sync::Mutex;
pub use std::thread::{JoinHandle, spawn, yield_now};

/// Thousands of times what a program takes, and less than the fuzzer's own limit. So a hang is reported here, with the
/// locks that each thread holds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `body` on a thread of its own and returns its answer. The system decides each step, so `schedule` is ignored.
///
/// # Panics
/// If `body` panics, or if it has not ended after 20 seconds. The panic says which thread holds what and waits for
/// what.
pub fn run<R: Send + 'static>(_schedule: &[u8], body: impl Fn() -> R + Send + Sync + 'static) -> R {
    run_within(PATIENCE, body)
}

/// Like [`run`]. The system's clock decides when a wait times out, so `clock` is ignored too.
///
/// # Panics
/// As [`run`].
pub fn run_in_time<R: Send + 'static>(schedule: &[u8], _clock: u64, body: impl Fn() -> R + Send + Sync + 'static) -> R {
    run(schedule, body)
}

fn run_within<R: Send + 'static>(patience: Duration, body: impl Fn() -> R + Send + Sync + 'static) -> R {
    let (over, is_over) = mpsc::channel::<()>();
    let thread = spawn(move || {
        // Dropped when the body returns or panics.
        let _over = over;
        body()
    });
    if is_over.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
        let waits = WaitGraph::now();
        panic!("PROGRESS: not ended after {patience:?}\nwhich thread holds what and waits for what:\n{waits}");
    }
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}

/// Call this before a planted panic. Any number of threads can unwind at a time, so there is nothing to do.
pub fn before_panic() {}

/// Runs `body`, in which the library panics, and which catches that.
pub fn alone_with_panic<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Does nothing and returns false, because the system's clock decides when a wait times out.
pub fn expire_waits() -> bool {
    false
}

/// None, because threads that have nothing to do with this one ask for locks meanwhile.
pub fn acquisitions() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::run_within;
    use crate::panic_payload::message;
    use std::panic::catch_unwind;
    use std::sync::Barrier;
    use std::time::Duration;

    #[test]
    fn a_hang_is_a_panic_that_says_so() {
        let hangs = || run_within(Duration::from_millis(20), || Barrier::new(2).wait().is_leader());
        let said = catch_unwind(hangs).expect_err("it cannot end");
        assert!(message(&*said).starts_with("PROGRESS: "));
    }

    #[test]
    fn an_answer_and_a_panic_come_through() {
        let patience = Duration::from_secs(3600);
        assert_eq!(run_within(patience, || 7), 7);
        let said = catch_unwind(|| run_within(patience, || assert_eq!(1, 2, "no"))).expect_err("it panics");
        assert!(message(&*said).contains("no"));
    }
}
