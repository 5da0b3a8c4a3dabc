//! Two readers that relay each other, so that a buffer is never without a reader, unless readers let a writer pass.
//!
//! Each stays inside until the other one has asked. If the other is let in, it stays in turn. If it is refused because
//! a writer waits, the first leaves and the writer gets in. A lock that prefers readers would starve the writer for
//! ever: the relay goes on until the writer is done, also when time is up. Then the watchdog reports the writer.

use super::watched::Watched;
use crate::Violation;
use crate::scenario::Worker;
use crate::thread;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The relay of one buffer.
pub(super) struct Relay<'b> {
    buffer: &'b Watched,
    /// How often one of the two has come in or was refused.
    asked: AtomicUsize,
    /// Writers that want the buffer.
    writers: AtomicUsize,
    /// One of the two has ended, so the other one ends too.
    ended: AtomicBool,
}

impl<'b> Relay<'b> {
    pub(super) fn new(buffer: &'b Watched) -> Self {
        Self { buffer, asked: AtomicUsize::new(0), writers: AtomicUsize::new(0), ended: AtomicBool::new(false) }
    }

    /// Relays with the other reader until time is up and no writer wants the buffer.
    pub(super) fn run(&self, worker: &mut Worker<'_>) {
        let seed = worker.seed();
        while !self.has_ended() && (worker.should_continue() || self.writers.load(Ordering::SeqCst) > 0) {
            let result = worker.op("relaying a read", || {
                self.buffer.try_read_and(seed, || {
                    let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
                    while self.asked.load(Ordering::SeqCst) == asked && !self.has_ended() {
                        thread::yield_now();
                    }
                })
            });
            if result == Ok(false) {
                self.asked.fetch_add(1, Ordering::SeqCst);
                thread::yield_now();
            }
            worker.check(result.map(drop));
        }
        self.ended.store(true, Ordering::SeqCst);
    }

    /// Whether one of the two has ended. It found no writer then, so none can be starved.
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Writes the buffer. It is granted only if readers let writers pass.
    pub(super) fn write(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        self.writers.fetch_add(1, Ordering::SeqCst);
        let written = self.buffer.write(worker);
        self.writers.fetch_sub(1, Ordering::SeqCst);
        written
    }
}
