//! One heartbeat for each thread of a run. The watchdog and the progress bar read them.

use crate::diagnosis::crumbs;
use crate::mutex::lock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// All heartbeats of a run.
#[derive(Debug, Default)]
pub struct Heartbeats(Mutex<Vec<Arc<Heartbeat>>>);

/// The heartbeat of one thread. Its accesses are relaxed, because no other memory depends on them.
#[derive(Debug)]
pub struct Heartbeat {
    name: String,
    /// Whether a beat is a completed operation.
    is_worker: bool,
    beats: AtomicU64,
    doing: Mutex<&'static str>,
    is_active: AtomicBool,
    /// The number of its thread, or 0 until that runs.
    thread: AtomicU32,
}

/// Beats one thread's heart. When it is dropped, also by a panic, the thread counts as inactive.
#[derive(Debug)]
pub(super) struct HeartbeatGuard(Arc<Heartbeat>);

impl Heartbeats {
    /// Adds a heartbeat. Only the beats of a worker are operations.
    pub(super) fn add(&self, name: String, is_worker: bool) -> HeartbeatGuard {
        let (beats, doing, is_active) = (AtomicU64::new(0), Mutex::new("starting"), AtomicBool::new(true));
        let thread = AtomicU32::new(0);
        let heartbeat = Arc::new(Heartbeat { name, is_worker, beats, doing, is_active, thread });
        lock(&self.0).push(Arc::clone(&heartbeat));
        HeartbeatGuard(heartbeat)
    }

    /// The number of operations that the workers have completed.
    pub fn ops(&self) -> u64 {
        lock(&self.0).iter().filter(|heartbeat| heartbeat.is_worker).map(|heartbeat| heartbeat.beats()).sum()
    }

    /// Like [`ops`](Self::ops), and removes the workers.
    pub(super) fn take_ops(&self) -> u64 {
        let ops = self.ops();
        lock(&self.0).retain(|heartbeat| !heartbeat.is_worker);
        ops
    }

    /// The heartbeats of the active threads.
    pub(super) fn active(&self) -> Vec<Arc<Heartbeat>> {
        lock(&self.0).iter().filter(|heartbeat| heartbeat.is_active.load(Ordering::Relaxed)).cloned().collect()
    }
}

impl Heartbeat {
    /// The thread's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the thread began last.
    pub fn doing(&self) -> &'static str {
        *lock(&self.doing)
    }

    /// Whether its beats are operations.
    pub fn is_worker(&self) -> bool {
        self.is_worker
    }

    /// The number of the thread, as the kernel counts them, once it runs.
    pub fn thread(&self) -> Option<u32> {
        Some(self.thread.load(Ordering::Relaxed)).filter(|&thread| thread != 0)
    }

    /// The number of beats so far.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }
}

impl HeartbeatGuard {
    /// The heartbeat is that of the calling thread.
    pub(super) fn enter(&self) {
        let thread = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        self.0.thread.store(thread, Ordering::Relaxed);
        crumbs::enter(&self.0.name);
    }

    /// The thread begins something.
    pub(super) fn begin(&self, doing: &'static str) {
        *lock(&self.0.doing) = doing;
        crumbs::operation(doing);
        if !self.0.is_worker {
            self.0.is_active.store(true, Ordering::Relaxed);
            self.beat();
        }
    }

    /// The thread has made progress. For a worker: it has completed an operation.
    pub(super) fn beat(&self) {
        self.0.beats.fetch_add(1, Ordering::Relaxed);
        crumbs::completed();
    }

    /// The thread is inactive from now on.
    pub(super) fn end(&self) {
        self.0.is_active.store(false, Ordering::Relaxed);
    }
}

impl Drop for HeartbeatGuard {
    fn drop(&mut self) {
        self.end();
        // The name goes with the last owner of the heartbeat.
        crumbs::leave();
    }
}
