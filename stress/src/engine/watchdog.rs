//! The watchdog: notices when a thread makes no progress.

use super::heartbeats::{Heartbeat, Heartbeats};
use memguard_lockdep::WaitGraph;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The number of checks after which a silent thread has stalled. Checks are counted because clocks mislead: if the
/// machine or the process was stopped for a while, that time has no checks, and no thread is blamed for it.
const CHECKS: u32 = 20;

/// Threads that made no progress, and what all threads hold and wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// The stalled threads, in the order in which they started.
    pub threads: Vec<StalledThread>,
    /// How long they made no progress.
    pub after: Duration,
    /// Which thread holds what and which thread waits for what, with sites.
    pub graph: WaitGraph,
}

/// A thread that made no progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StalledThread {
    /// Its name.
    pub name: String,
    /// What it began last.
    pub doing: &'static str,
    /// How many operations it had completed before.
    pub completed: u64,
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no progress for {:?}:", self.after)?;
        for StalledThread { name, doing, completed } in &self.threads {
            writeln!(f, "  {name}: {doing}, after {completed} completed operations")?;
        }
        writeln!(f, "which thread holds what and waits for what:")?;
        write!(f, "{}", self.graph)
    }
}

/// Watches until it is dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    /// Dropped to stop the thread.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Starts to watch the heartbeats. `on_stall` runs on the watchdog's own thread, at most once.
    pub(super) fn start(
        heartbeats: Arc<Heartbeats>,
        stall_after: Duration,
        on_stall: impl FnOnce(&Stall) + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, is_stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name("watchdog".into()).spawn(move || {
            let mut history = History::new();
            while is_stopped.recv_timeout(stall_after / CHECKS) == Err(RecvTimeoutError::Timeout) {
                let threads = check(&heartbeats, &mut history);
                if !threads.is_empty() {
                    on_stall(&Stall { threads, after: stall_after, graph: WaitGraph::now() });
                    return;
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

/// What earlier checks saw of each heartbeat, by its address.
type History = HashMap<*const Heartbeat, Seen>;

struct Seen {
    /// Keeps the heartbeat, so that no other one gets its address.
    heartbeat: Arc<Heartbeat>,
    beats: u64,
    /// The number of checks since the beats last changed.
    unchanged: u32,
}

/// Checks every active thread once. Returns the threads that made no progress in the last [`CHECKS`] checks.
fn check(heartbeats: &Heartbeats, history: &mut History) -> Vec<StalledThread> {
    let active = heartbeats.active();
    history.retain(|_, seen| active.iter().any(|heartbeat| Arc::ptr_eq(heartbeat, &seen.heartbeat)));
    let mut stalled = Vec::new();
    for heartbeat in active {
        let beats = heartbeat.beats();
        let seen = history
            .entry(Arc::as_ptr(&heartbeat))
            .and_modify(|seen| seen.unchanged += 1)
            .or_insert_with(|| Seen { heartbeat: Arc::clone(&heartbeat), beats, unchanged: 0 });
        if seen.beats != beats {
            (seen.beats, seen.unchanged) = (beats, 0);
        }
        if seen.unchanged >= CHECKS {
            let name = heartbeat.name().to_owned();
            stalled.push(StalledThread { name, doing: heartbeat.doing(), completed: beats });
        }
    }
    stalled
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If the watchdog panicked, its message is printed already and there is nothing to undo.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CHECKS, Heartbeats, History, check};

    #[test]
    fn only_a_thread_that_is_silent_in_all_checks_has_stalled() {
        let (heartbeats, mut history) = (Heartbeats::default(), History::new());
        let (busy, stuck) = (heartbeats.add("busy".into(), true), heartbeats.add("stuck".into(), true));
        for _ in 0..CHECKS {
            assert_eq!(check(&heartbeats, &mut history), []);
            busy.beat();
        }
        let stalled = check(&heartbeats, &mut history);
        assert_eq!(stalled.len(), 1);
        assert_eq!((stalled[0].name.as_str(), stalled[0].completed), ("stuck", 0));
        stuck.end();
        busy.beat();
        assert_eq!(check(&heartbeats, &mut history), []);
    }
}
