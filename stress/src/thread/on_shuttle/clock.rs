//! Simulated time. It passes in two ways: by a drawn amount in each step, and, when every thread waits, up to the first
//! timeout.
//!
//! A thread of the run is the clock. It wakes those whose time is up. The scheduler lets it run only for that.

use memguard::sync::model_control::clock;
use shuttle::current::me;
use shuttle::future::block_on;
use shuttle::thread::{spawn, yield_now};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The number of the clock's thread: the first that the main one starts.
pub(super) const CLOCK: usize = 1;

/// If every thread waits and the first timeout is further away, the run has hung. Programs that want timeouts ask for
/// much shorter ones. So the timeouts of the others hide no deadlock.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest step. A step is a few instructions, so most programs take less than a millisecond.
const LONGEST_STEP: u64 = 2000;

/// How long each step takes. A seed fixes it.
pub(super) struct Steps(u64);

impl Steps {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The time that the next step takes: up to two microseconds.
    pub(super) fn next(&mut self) -> Duration {
        // splitmix64 (Steele and others, 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        Duration::from_nanos((mixed ^ mixed >> 31) % LONGEST_STEP)
    }
}

/// Whether the time of a waiting thread is up.
pub(super) fn is_due() -> bool {
    clock::until_first() == Some(Duration::ZERO)
}

/// Runs `body` with a clock beside it.
pub(super) fn beside(body: impl FnOnce()) {
    clock::start();
    let over = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&over);
    let thread = spawn(move || tick(&seen));
    body();
    over.store(true, Ordering::Relaxed);
    thread.join().expect("the clock does not panic once all threads have ended");
    clock::stop();
}

/// Runs when a timeout is due, and when no other thread can run.
fn tick(over: &AtomicBool) {
    assert_eq!(usize::from(me()), CLOCK, "the main thread starts the clock first");
    while !over.load(Ordering::Relaxed) {
        match clock::until_first() {
            Some(wait) if wait > PATIENCE => panic!("deadlock: every thread waits, and the first gives up in {wait:?}"),
            Some(wait) => {
                clock::pass(wait);
                clock::expire();
            }
            // Nobody gives up. shuttle reports the deadlock when the clock waits too.
            None => block_on(pending()),
        }
        yield_now();
    }
}
