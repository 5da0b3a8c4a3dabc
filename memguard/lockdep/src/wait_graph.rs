//! Who waits for whom, as one value.

use crate::acquisition::Acquisition;
use crate::api::{ThreadState, threads};
use crate::mode::Mode;
use serde::Serialize;
use std::collections::HashSet;
use std::fmt;

/// Who holds what and who waits for whom. Threads that neither hold nor wait are left out. See [`threads`].
///
/// ```
/// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
/// use memguard_lockdep::{WaitGraph, parking_lot::Mutex};
/// let mutex = Mutex::named("QUEUE", ());
/// let _guard = mutex.lock();
/// println!("{}", WaitGraph::now()); // thread main (#1) holds QUEUE #1 (exclusive) at src/main.rs:4:20
/// # assert!(WaitGraph::now().to_string().contains("QUEUE #"));
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WaitGraph {
    /// The threads.
    pub threads: Vec<ThreadState>,
}

impl WaitGraph {
    /// The threads as they are now. They go on meanwhile, so two entries may be a moment apart.
    ///
    /// ```
    /// assert!(memguard_lockdep::WaitGraph::now().threads.is_empty());
    /// ```
    pub fn now() -> Self {
        Self { threads: threads() }
    }

    /// The threads that hold a lock, and how they took it.
    ///
    /// ```
    /// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
    /// use memguard_lockdep::{WaitGraph, parking_lot::Mutex};
    /// let mutex = Mutex::new(());
    /// let _guard = mutex.lock();
    /// let graph = WaitGraph::now();
    /// let instance = graph.threads[0].holds[0].instance;
    /// assert_eq!(graph.holders(instance).count(), 1);
    /// # }
    /// ```
    pub fn holders(&self, instance: u64) -> impl Iterator<Item = (&ThreadState, &Acquisition)> {
        self.threads.iter().flat_map(move |thread| {
            thread.holds.iter().filter(move |held| held.instance == instance).map(move |held| (thread, held))
        })
    }

    /// The circles of threads that wait for each other for ever, each once. Each waits for the next one, the last for
    /// the first. Of other waits than those for locks, only that for the end of a thread can be in a circle: who ends
    /// the others is not known.
    ///
    /// ```
    /// assert!(memguard_lockdep::WaitGraph::now().deadlocks().is_empty());
    /// ```
    pub fn deadlocks(&self) -> Vec<Vec<&ThreadState>> {
        let mut known = HashSet::new();
        let mut found = Vec::new();
        for thread in 0..self.threads.len() {
            let way = self.way_from(thread);
            let mut members = way.clone();
            members.sort_unstable();
            if self.is_circle(&way) && known.insert(members) {
                found.push(way.into_iter().map(|at| &self.threads[at]).collect());
            }
        }
        found
    }

    /// Where the waits lead from a thread: the circle, if they lead to one. Else the threads up to one that waits for
    /// no other. Each waits for the next.
    pub(crate) fn way_from(&self, thread: usize) -> Vec<usize> {
        let mut walk = Walk { graph: self, way: vec![thread], seen: HashSet::from([thread]), longest: Vec::new() };
        walk.circle().unwrap_or(walk.longest)
    }

    /// Whether the last thread of a way waits for the first.
    pub(crate) fn is_circle(&self, way: &[usize]) -> bool {
        way.last().zip(way.first()).is_some_and(|(&last, &first)| self.is_blocked(last, first))
    }

    /// Whether a thread waits for a lock that the other holds. It can be the same thread.
    fn is_blocked(&self, waiter: usize, holder: usize) -> bool {
        let Some(waits) = &self.threads[waiter].waits else { return false };
        // It gives up its own hold as it becomes the writer.
        let upgrades = |held: Mode| waiter == holder && held == Mode::Upgradable;
        self.threads[holder].holds.iter().any(|held| held.instance == waits.instance && !upgrades(held.mode))
    }
}

struct Walk<'a> {
    graph: &'a WaitGraph,
    way: Vec<usize>,
    seen: HashSet<usize>,
    longest: Vec<usize>,
}

impl Walk<'_> {
    fn circle(&mut self) -> Option<Vec<usize>> {
        if self.way.len() > self.longest.len() {
            self.longest = self.way.clone();
        }
        let here = *self.way.last()?;
        for next in (0..self.graph.threads.len()).filter(|&next| self.graph.is_blocked(here, next)) {
            if let Some(at) = self.way.iter().position(|&thread| thread == next) {
                return Some(self.way[at..].to_vec());
            }
            if self.seen.insert(next) {
                self.way.push(next);
                let found = self.circle();
                if found.is_some() {
                    return found;
                }
                self.way.pop();
            }
        }
        None
    }
}

impl fmt::Display for WaitGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.threads.is_empty() {
            return writeln!(f, "no thread holds or waits for a lock");
        }
        for thread in &self.threads {
            writeln!(f, "{thread}")?;
            if let Some(wait) = &thread.waits {
                for (holder, held) in self.holders(wait.instance) {
                    writeln!(f, "  held by thread {}, taken at {}", holder.thread, held.place)?;
                }
            }
        }
        for circle in self.deadlocks() {
            let names: Vec<&str> = circle.iter().chain(&circle[..1]).map(|thread| &*thread.thread).collect();
            writeln!(f, "deadlock: {}", names.join(" waits for "))?;
        }
        Ok(())
    }
}
