//! The watchdog: notices when a thread makes no progress, and tells a blocked thread from a slow machine.

use super::heartbeats::{Heartbeat, Heartbeats};
use crate::diagnosis::KernelThread;
use memguard_lockdep::{ThreadState, WaitGraph};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The number of checks after which a silent thread has stalled. Checks are counted because clocks mislead: if the
/// machine or the process was stopped for a while, that time has no checks, and no thread is blamed for it.
const CHECKS: u32 = 20;

/// A thread that may wait for one that works is not blamed until it has been silent for this many times as long.
pub(super) const PATIENCE: u32 = 6;

/// The number of stalled threads that the text shows. The others are only counted.
const SHOWN: usize = 20;

/// Threads that made no progress, and what all threads hold and wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// The stalled threads, in the order in which they started.
    pub threads: Vec<StalledThread>,
    /// How long they made no progress.
    pub after: Duration,
    /// Which thread holds what and which thread waits for what, with sites.
    pub graph: WaitGraph,
    /// The command that runs the scenario again.
    pub command: Option<String>,
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
    /// Whether it used so much CPU time in this operation that it does not wait but spins.
    pub spins: bool,
    /// What the kernel says of it.
    pub kernel: Option<KernelThread>,
}

impl fmt::Display for StalledThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.spins { "spins" } else { "blocked" };
        write!(f, "{}: {how} in {}, after {} completed operations", self.name, self.doing, self.completed)?;
        self.kernel.as_ref().map_or(Ok(()), |kernel| write!(f, "; {kernel}"))
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no progress for {:?}:", self.after)?;
        for thread in self.threads.iter().take(SHOWN) {
            writeln!(f, "  {thread}")?;
        }
        if let Some(more @ 1..) = self.threads.len().checked_sub(SHOWN) {
            writeln!(f, "  and {more} more threads")?;
        }
        writeln!(f, "which thread holds what and waits for what:")?;
        write!(f, "{}", self.graph)?;
        self.command.as_ref().map_or(Ok(()), |command| writeln!(f, "to reproduce: {command}"))
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
        on_stall: impl FnOnce(Stall) + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, is_stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name("watchdog".into()).spawn(move || {
            let mut history = History::new(stall_after);
            while is_stopped.recv_timeout(stall_after / CHECKS) == Err(RecvTimeoutError::Timeout) {
                let stalled = history.check(&heartbeats.active(), |thread| KernelThread::of(thread).ok());
                if stalled.is_empty() {
                    continue;
                }
                let graph = WaitGraph::now();
                let threads = history.blamed(stalled, &graph);
                if !threads.is_empty() {
                    on_stall(Stall { threads, after: stall_after, graph, command: None });
                    return;
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

/// What earlier checks saw of each heartbeat, by its address.
struct History {
    stall_after: Duration,
    seen: HashMap<*const Heartbeat, Seen>,
}

struct Seen {
    /// Keeps the heartbeat, so that no other one gets its address.
    heartbeat: Arc<Heartbeat>,
    beats: u64,
    /// The number of checks in a row that found the thread asleep, with no CPU time used since the check before.
    blocked: u32,
    /// The CPU time at the first check after the last beat, and at the last check.
    cpu: Option<(Duration, Duration)>,
}

impl Seen {
    fn new(heartbeat: &Arc<Heartbeat>) -> Self {
        Self { heartbeat: Arc::clone(heartbeat), beats: heartbeat.beats(), blocked: 0, cpu: None }
    }

    /// The thread has completed nothing since the check before.
    ///
    /// A thread that could run, or used CPU time, is slow and not blocked. On a busy machine it gets little time. What
    /// the kernel does not tell counts as blocked.
    fn silent(&mut self, kernel: Option<&KernelThread>) {
        let works = kernel.is_some_and(|kernel| {
            let (first, last) = *self.cpu.get_or_insert((kernel.cpu, kernel.cpu));
            self.cpu = Some((first, kernel.cpu));
            kernel.is_runnable() || kernel.cpu > last
        });
        self.blocked = if works { 0 } else { self.blocked + 1 };
    }

    /// The CPU time since the last beat.
    fn used(&self) -> Duration {
        // The kernel may answer in nanoseconds at one time and in ticks at another.
        self.cpu.map_or(Duration::ZERO, |(first, last)| last.saturating_sub(first))
    }
}

impl History {
    fn new(stall_after: Duration) -> Self {
        Self { stall_after, seen: HashMap::new() }
    }

    /// Looks at every active thread once. Returns those that were blocked in the last [`CHECKS`] checks, or spun for as
    /// long as a thread may be silent.
    fn check(
        &mut self,
        active: &[Arc<Heartbeat>],
        kernel: impl Fn(u32) -> Option<KernelThread>,
    ) -> Vec<Arc<Heartbeat>> {
        let present: HashSet<_> = active.iter().map(Arc::as_ptr).collect();
        self.seen.retain(|address, _| present.contains(address));
        let mut stalled = Vec::new();
        for heartbeat in active {
            // While a thread has not started, the one that starts it is to blame.
            let (Some(thread), beats) = (heartbeat.thread(), heartbeat.beats()) else { continue };
            let seen = self.seen.entry(Arc::as_ptr(heartbeat));
            let seen = seen.and_modify(|seen| match seen.beats == beats {
                true => seen.silent(kernel(thread).as_ref()),
                false => *seen = Seen::new(heartbeat),
            });
            let seen = seen.or_insert_with(|| Seen::new(heartbeat));
            if seen.blocked >= CHECKS || seen.used() >= self.stall_after {
                stalled.push(Arc::clone(heartbeat));
            }
        }
        stalled
    }

    /// Those of the stalled threads that do not just wait for a thread that works.
    ///
    /// If lockdep does not know what a thread waits for, such as a lock of the allocator, any worker may hold it.
    fn blamed(&self, stalled: Vec<Arc<Heartbeat>>, graph: &WaitGraph) -> Vec<StalledThread> {
        let works =
            |thread: &ThreadState| self.seen.values().any(|seen| seen.blocked == 0 && names(thread, &seen.heartbeat));
        let a_worker_works = self.seen.values().any(|seen| seen.blocked == 0 && seen.heartbeat.is_worker());
        let may_wait_for_one_that_works = |heartbeat: &Heartbeat| {
            let own = graph.threads.iter().find(|thread| names(thread, heartbeat) && thread.waits.is_some());
            own.map_or(a_worker_works, |own| holders(graph, own).into_iter().any(&works))
        };
        let blamed = stalled.into_iter().filter(|heartbeat| {
            let seen = &self.seen[&Arc::as_ptr(heartbeat)];
            seen.blocked == 0 || seen.blocked >= PATIENCE * CHECKS || !may_wait_for_one_that_works(heartbeat)
        });
        let told = |heartbeat: Arc<Heartbeat>| StalledThread {
            name: heartbeat.name().to_owned(),
            doing: heartbeat.doing(),
            completed: heartbeat.beats(),
            spins: self.seen[&Arc::as_ptr(&heartbeat)].blocked == 0,
            kernel: heartbeat.thread().and_then(|thread| KernelThread::details(thread).ok()),
        };
        blamed.map(told).collect()
    }
}

/// The threads for which this one waits, directly or through others.
fn holders<'g>(graph: &'g WaitGraph, of: &'g ThreadState) -> Vec<&'g ThreadState> {
    let mut found = vec![of];
    let mut at = 0;
    while let Some(thread) = found.get(at) {
        for (holder, _) in thread.waits.iter().flat_map(|wait| graph.holders(wait.instance)) {
            if !found.iter().any(|known| std::ptr::eq(*known, holder)) {
                found.push(holder);
            }
        }
        at += 1;
    }
    found.split_off(1)
}

/// Whether lockdep and the heartbeat speak of the same thread.
fn names(thread: &ThreadState, heartbeat: &Heartbeat) -> bool {
    // As in `churn-3 (#17)`.
    thread.thread.strip_prefix(heartbeat.name()).is_some_and(|number| number.starts_with(" (#"))
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
    use super::*;
    use crate::engine::heartbeats::HeartbeatGuard;
    use memguard::sync::{Class, Mutex, Poisoned, Site};

    const AFTER: Duration = Duration::from_secs(10);

    /// A thread in this state that has used this much CPU time.
    fn kernel(state: char, cpu: Duration) -> Option<KernelThread> {
        Some(KernelThread { state, cpu, sleeps_in: String::new(), call: None })
    }

    /// A heartbeat whose thread runs.
    fn started(heartbeats: &Heartbeats, name: &str) -> HeartbeatGuard {
        let guard = heartbeats.add(name.into(), true);
        guard.enter();
        guard
    }

    #[test]
    fn only_a_thread_that_is_silent_in_all_checks_has_stalled() {
        let (heartbeats, mut history) = (Heartbeats::default(), History::new(AFTER));
        let asleep = |_| kernel('S', Duration::ZERO);
        let (busy, stuck) = (started(&heartbeats, "busy"), started(&heartbeats, "stuck"));
        // Nobody knows what the stuck one waits for, so the busy one may hold it for a while.
        for _ in 0..PATIENCE * CHECKS {
            let stalled = history.check(&heartbeats.active(), asleep);
            assert!(stalled.iter().all(|heartbeat| heartbeat.name() == "stuck"));
            assert_eq!(history.blamed(stalled, &WaitGraph::default()), []);
            busy.beat();
        }
        let stalled = history.check(&heartbeats.active(), asleep);
        let blamed = history.blamed(stalled, &WaitGraph::default());
        assert_eq!(blamed.len(), 1);
        assert_eq!((blamed[0].name.as_str(), blamed[0].completed, blamed[0].spins), ("stuck", 0, false));
        stuck.end();
        busy.beat();
        assert!(history.check(&heartbeats.active(), asleep).is_empty());
    }

    /// What each check sees of one silent thread. Returns whether the thread stalled at any of them.
    fn stalls(checks: u32, started_yet: bool, kernel: impl Fn(u32) -> Option<KernelThread>) -> bool {
        let (heartbeats, mut history) = (Heartbeats::default(), History::new(AFTER));
        let guard = heartbeats.add("thread".into(), true);
        if started_yet {
            guard.enter();
        }
        (0..checks).any(|check| !history.check(&heartbeats.active(), |_| kernel(check)).is_empty())
    }

    #[test]
    fn a_slow_thread_has_not_stalled() {
        let long = 1000;
        assert!(!stalls(long, true, |_| kernel('R', Duration::ZERO)), "it could run and gets no time");
        assert!(!stalls(long, true, |check| kernel('S', Duration::from_micros(check.into()))), "it uses a little time");
        assert!(!stalls(long, false, |_| None), "it has not started");
        let now_and_then = |check| kernel(if check % CHECKS == 0 { 'R' } else { 'S' }, Duration::ZERO);
        assert!(!stalls(long, true, now_and_then), "it runs now and then");
    }

    /// Two threads: one holds a lock, and the other one waits for it.
    #[test]
    fn a_thread_that_waits_for_one_that_works_has_longer() {
        let (heartbeats, mutex) = (Heartbeats::default(), Mutex::new(Class::Buffer, ()));
        let (held, is_held) = mpsc::channel();
        let (end, is_over) = mpsc::channel::<()>();
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        std::thread::scope(|scope| {
            let (heartbeats, mutex) = (&heartbeats, &mutex);
            let holder = thread("holder").spawn_scoped(scope, move || {
                let _heart = started(heartbeats, "holder");
                let _guard = mutex.lock(Site::LeaseWait).unwrap_or_else(Poisoned::into_inner);
                held.send(()).unwrap();
                let _ = is_over.recv();
            });
            is_held.recv().unwrap();
            let waiter = thread("waiter").spawn_scoped(scope, || {
                let _heart = started(heartbeats, "waiter");
                drop(mutex.lock(Site::LeaseWait).unwrap_or_else(Poisoned::into_inner));
            });
            let (_holder, _waiter) = (holder.unwrap(), waiter.unwrap());
            let graph = loop {
                let graph = WaitGraph::now();
                let waits = |thread: &ThreadState| thread.thread.starts_with("waiter ") && thread.waits.is_some();
                if graph.threads.iter().any(waits) {
                    break graph;
                }
                std::thread::yield_now();
            };
            let holder = heartbeats.active().into_iter().find(|heartbeat| heartbeat.name() == "holder").unwrap();
            // The number of checks until somebody is blamed, and who.
            let blamed = |state_of_holder| {
                let mut history = History::new(AFTER);
                let kernel = |thread| {
                    kernel(if Some(thread) == holder.thread() { state_of_holder } else { 'S' }, Duration::ZERO)
                };
                (1..).find_map(|checks| {
                    let stalled = history.check(&heartbeats.active(), kernel);
                    let blamed = history.blamed(stalled, &graph);
                    let names = blamed.into_iter().map(|thread| thread.name).collect::<Vec<_>>();
                    (!names.is_empty()).then_some((checks, names))
                })
            };
            // The first check only begins to count.
            assert_eq!(blamed('R'), Some((PATIENCE * CHECKS + 1, vec!["waiter".to_owned()])));
            assert_eq!(blamed('S'), Some((CHECKS + 1, vec!["holder".to_owned(), "waiter".to_owned()])));
            drop(end);
        });
    }

    #[test]
    fn a_blocked_thread_and_a_spinning_one_have_stalled() {
        assert!(stalls(CHECKS + 2, true, |_| kernel('S', Duration::ZERO)));
        assert!(stalls(CHECKS + 2, true, |_| kernel('D', Duration::ZERO)));
        assert!(stalls(CHECKS + 2, true, |_| None), "nothing is known");
        assert!(stalls(CHECKS + 3, true, |check| kernel('R', AFTER / CHECKS * check)), "it used all the time");
    }
}
