//! The board: one heartbeat for each thread of a run, for the watchdog and the progress bar to look at.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Every heartbeat of a run.
#[derive(Debug, Default)]
pub struct Board(Mutex<Vec<Arc<Heartbeat>>>);

/// The sign of life of one thread. Everything in it is relaxed: it is looked at, and nothing depends on it.
#[derive(Debug)]
pub struct Heartbeat {
    name: String,
    /// Whether a beat is a completed operation.
    works: bool,
    beats: AtomicU64,
    doing: Mutex<&'static str>,
    alive: AtomicBool,
}

/// The right to beat a heart. Dropping it, also by a panic, says that the thread is not at work any more.
#[derive(Debug)]
pub(super) struct Beating(Arc<Heartbeat>);

impl Board {
    /// A heartbeat for the thread that coordinates. Its beats are no operations.
    pub(super) fn enlist(&self, name: &str) -> Beating {
        self.add(name.to_owned(), false)
    }

    /// A heartbeat for a worker.
    pub(super) fn enlist_worker(&self, name: String) -> Beating {
        self.add(name, true)
    }

    fn add(&self, name: String, works: bool) -> Beating {
        let (beats, doing, alive) = (AtomicU64::new(0), Mutex::new("starting"), AtomicBool::new(true));
        let heartbeat = Arc::new(Heartbeat { name, works, beats, doing, alive });
        self.hearts().push(Arc::clone(&heartbeat));
        Beating(heartbeat)
    }

    /// Operations completed by the workers on the board.
    pub fn ops(&self) -> u64 {
        self.hearts().iter().filter(|heart| heart.works).map(|heart| heart.beats()).sum()
    }

    /// As [`ops`](Self::ops), and takes the workers off the board.
    pub(super) fn drain_ops(&self) -> u64 {
        let ops = self.ops();
        self.hearts().retain(|heart| !heart.works);
        ops
    }

    /// The threads that are at work.
    pub(super) fn alive(&self) -> Vec<Arc<Heartbeat>> {
        self.hearts().iter().filter(|heart| heart.alive.load(Ordering::Relaxed)).cloned().collect()
    }

    fn hearts(&self) -> MutexGuard<'_, Vec<Arc<Heartbeat>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heartbeat {
    /// The thread's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the thread began last.
    pub fn doing(&self) -> &'static str {
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often it has beaten.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }
}

impl Beating {
    /// The thread begins something.
    pub(super) fn begin(&self, doing: &'static str) {
        *self.0.doing.lock().unwrap_or_else(PoisonError::into_inner) = doing;
        if !self.0.works {
            self.0.alive.store(true, Ordering::Relaxed);
            self.beat();
        }
    }

    /// It has completed something.
    pub(super) fn beat(&self) {
        self.0.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// It is not at work any more.
    pub(super) fn end(&self) {
        self.0.alive.store(false, Ordering::Relaxed);
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.end();
    }
}
