//! The record of one thread: what it holds and what it waits for.

use super::instrument::Instrument;
use super::process::Watched;
use super::report::Acquisition;
use std::sync::atomic::{AtomicBool, Ordering};

/// The record of one thread. Records are never freed, only handed on to the next thread: a watchdog may look at any
/// time.
pub(crate) struct Record {
    in_use: AtomicBool,
    /// The thread is past its last words and cannot return the record later. So it returns the record whenever it is
    /// empty.
    pub(super) orphan: AtomicBool,
    state: Instrument<State, Watched>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) holds: Vec<(u64, Acquisition)>,
    pub(super) waits: Vec<(u64, Acquisition)>,
    next_serial: u64,
}

impl State {
    fn serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial
    }

    /// Notes a lock as held. The number returned takes the note back.
    pub(super) fn hold(&mut self, held: Acquisition) -> u64 {
        let serial = self.serial();
        self.holds.push((serial, held));
        serial
    }

    pub(super) fn release(&mut self, hold: u64) {
        self.holds.retain(|(serial, _)| *serial != hold);
    }

    /// Notes a lock as waited for. The number returned takes the note back.
    pub(super) fn sleep(&mut self, wanted: Acquisition) -> u64 {
        let serial = self.serial();
        self.waits.push((serial, wanted));
        serial
    }

    pub(super) fn awake(&mut self, wait: u64) {
        self.waits.retain(|(serial, _)| *serial != wait);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.holds.is_empty() && self.waits.is_empty()
    }
}

impl Record {
    /// In use by the thread that makes it.
    pub(super) fn new() -> Self {
        Self { in_use: AtomicBool::new(true), orphan: AtomicBool::new(false), state: Instrument::new() }
    }

    /// Takes the record for this thread if no thread has it.
    pub(super) fn adopt(&self) -> bool {
        !self.in_use.swap(true, Ordering::AcqRel)
    }

    /// Gives the record up for another thread to adopt.
    pub(super) fn give_up(&self) {
        self.in_use.store(false, Ordering::Release);
    }

    pub(super) fn with<R>(&self, step: impl FnOnce(&mut State) -> R) -> R {
        self.state.with(step)
    }
}
