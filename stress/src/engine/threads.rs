//! Runs workers on threads of the system, in real time.

use super::heartbeats::{HeartbeatGuard, Heartbeats};
use super::latencies::{self, Kinds, Latencies};
use super::progress::Progress;
use crate::kernel;
use crate::mutex::lock;
use crate::scenario::{Executor, Job, Unfit, WorkerControl};
use memguard_reports::stress as report;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often the time is checked.
const TICK: Duration = Duration::from_millis(50);

/// How far apart samples are.
const SAMPLES: Duration = Duration::from_secs(1);

/// A scenario whose expected outcomes have not all occurred in time runs longer, for this many times its time. Whether
/// threads collide is up to the machine.
const OVERTIME: u32 = 10;
const MAX_OVERTIME: Duration = Duration::from_secs(20);

/// On a busy machine, on which the process uses less time of the processors than that, up to this many times as long.
const PATIENCE: u32 = 6;

/// What the workers of one scenario did, in all phases.
struct Done {
    latencies: Latencies,
    kinds: Kinds,
    /// The operations of each worker.
    ops: Vec<u64>,
    /// When the last worker of the latest phase had ended.
    ended: Instant,
    /// The longest time in which the thread that waits for the workers was kept from running.
    stood_still: Duration,
    samples: Vec<report::Sample>,
}

/// The threads of one scenario.
pub(super) struct Threads<'a> {
    heartbeats: &'a Heartbeats,
    coordinator: &'a HeartbeatGuard,
    progress: &'a dyn Progress,
    /// Whether the run is to end early.
    interrupted: &'a AtomicBool,
    /// The time of the scenario.
    planned: Duration,
    began: Instant,
    done: Arc<Mutex<Done>>,
}

impl<'a> Threads<'a> {
    /// The scenario's time begins now.
    pub(super) fn new(
        heartbeats: &'a Heartbeats,
        coordinator: &'a HeartbeatGuard,
        progress: &'a dyn Progress,
        interrupted: &'a AtomicBool,
        planned: Duration,
    ) -> Self {
        let began = Instant::now();
        let (latencies, kinds) = (latencies::none(), Kinds::default());
        let (ops, samples, stood_still) = (Vec::new(), Vec::new(), Duration::ZERO);
        let done = Done { latencies, kinds, ops, ended: began, stood_still, samples };
        Self { heartbeats, coordinator, progress, interrupted, planned, began, done: Arc::new(Mutex::new(done)) }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn latency(&self) -> report::Latency {
        latencies::as_reported(&lock(&self.done).latencies)
    }

    /// The operations of each kind.
    pub(super) fn kinds(&self) -> BTreeMap<String, report::Kind> {
        lock(&self.done).kinds.as_reported()
    }

    /// How long ago the last worker ended.
    pub(super) fn since_the_end(&self) -> Duration {
        lock(&self.done).ended.elapsed()
    }

    /// How long the process stood still at a time, for example because it was stopped.
    pub(super) fn stood_still(&self) -> Duration {
        lock(&self.done).stood_still
    }

    /// The operations of each worker.
    pub(super) fn ops(&self) -> Vec<u64> {
        lock(&self.done).ops.clone()
    }

    pub(super) fn samples(&self) -> Vec<report::Sample> {
        lock(&self.done).samples.clone()
    }

    /// Notes how far the scenario is, unless it did so a moment ago or the kernel does not say.
    fn sample(&self, job: &Job<'_>, interval: Duration) {
        let at_s = self.elapsed().as_secs_f64();
        let last = lock(&self.done).samples.last().map_or(0.0, |sample| sample.at_s);
        if at_s - last >= interval.as_secs_f64()
            && let (Ok(locked_bytes), Ok(mappings)) = (kernel::locked_bytes(), kernel::mappings())
        {
            let (ops, degraded) = (self.heartbeats.ops(), (job.degraded)());
            lock(&self.done).samples.push(report::Sample { at_s, ops, degraded, locked_bytes, mappings });
        }
    }

    /// Waits until all workers have ended, and tells them to stop when time is up. Every worker has a clone of the
    /// sender.
    fn wait_for_workers(&self, job: &Job<'_>, stop: &AtomicBool, workers_ended: &mpsc::Receiver<()>) {
        let until = self.planned / job.phase.of * (job.phase.number + 1);
        let overtime = match job.phase.is_last() {
            true => self.planned.saturating_mul(OVERTIME).min(MAX_OVERTIME),
            false => Duration::ZERO,
        };
        self.coordinator.begin("waiting for the workers");
        let mut used_before = None;
        let mut looked = Instant::now();
        while workers_ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            self.coordinator.beat();
            let late = looked.elapsed().saturating_sub(TICK);
            looked = Instant::now();
            let mut done = lock(&self.done);
            done.stood_still = done.stood_still.max(late);
            drop(done);
            let elapsed = self.elapsed();
            self.progress.tick(elapsed, self.heartbeats.ops());
            self.sample(job, SAMPLES);
            let is_over = elapsed.checked_sub(until).is_some_and(|extra| {
                let used = kernel::time_used();
                let used = used.saturating_sub(*used_before.get_or_insert(used));
                let is_enough = extra >= overtime && (used >= overtime || extra >= overtime * PATIENCE);
                is_enough || (job.is_complete)()
            });
            if is_over || self.interrupted.load(Ordering::Relaxed) {
                stop.store(true, Ordering::Relaxed);
            }
        }
    }
}

impl Executor for Threads<'_> {
    fn run(&self, job: &Job<'_>) -> Result<(), Unfit> {
        let stop = Arc::new(AtomicBool::new(false));
        let (running, workers_ended) = mpsc::channel::<()>();
        let run_worker = job.run_worker;
        std::thread::scope(|scope| {
            let (mut refused, mut threads) = (None, Vec::new());
            self.coordinator.begin("starting the workers");
            lock(&self.done).ops.resize(job.workers, 0);
            for index in 0..job.workers {
                // A slow machine may take long for them all.
                self.coordinator.beat();
                let name = format!("{}-{index}", job.name);
                let control = ThreadControl {
                    stop: Arc::clone(&stop),
                    heartbeat: self.heartbeats.add(name.clone(), true),
                    began: Instant::now(),
                    operation: "nothing",
                    index,
                    latencies: latencies::none(),
                    kinds: Kinds::default(),
                    done: Arc::clone(&self.done),
                };
                let running = running.clone();
                let body = move || {
                    // Dropped when the worker ends.
                    let _running = running;
                    control.heartbeat.enter();
                    run_worker(index, Box::new(control));
                };
                match std::thread::Builder::new().name(name).spawn_scoped(scope, body) {
                    Ok(thread) => threads.push(thread),
                    Err(error) => {
                        let reason = format!("no thread for worker {index}: {error}; ask for fewer (--threads)");
                        refused = Some(Unfit(reason));
                        stop.store(true, Ordering::Relaxed);
                        break;
                    }
                }
            }
            drop(running);
            self.wait_for_workers(job, &stop, &workers_ended);
            self.sample(job, TICK);
            self.coordinator.begin("joining the workers");
            for thread in threads {
                // The scope itself does not wait for the destructors of thread-locals. The library has some.
                let _ = thread.join();
                self.coordinator.beat();
            }
            lock(&self.done).ended = Instant::now();
            refused.map_or(Ok(()), Err)
        })
    }
}

/// The control of one worker's thread.
struct ThreadControl {
    stop: Arc<AtomicBool>,
    heartbeat: HeartbeatGuard,
    /// When the operation began.
    began: Instant,
    /// Its kind.
    operation: &'static str,
    index: usize,
    latencies: Latencies,
    kinds: Kinds,
    /// What all workers did. This worker's part is added when it ends.
    done: Arc<Mutex<Done>>,
}

impl WorkerControl for ThreadControl {
    fn should_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn begin(&mut self, operation: &'static str) {
        self.heartbeat.begin(operation);
        self.operation = operation;
        self.began = Instant::now();
    }

    fn complete(&mut self) {
        let took = self.began.elapsed();
        latencies::record(&mut self.latencies, took);
        self.kinds.record(self.operation, took);
        self.heartbeat.beat();
    }
}

impl Drop for ThreadControl {
    fn drop(&mut self) {
        let mut done = lock(&self.done);
        latencies::merge(&mut done.latencies, &self.latencies);
        done.kinds.merge(&self.kinds);
        done.ops[self.index] += self.latencies.len();
    }
}
