//! Who waits for whom, as one value.

use crate::acquisition::Acquisition;
use crate::api::{ThreadState, threads};
use serde::Serialize;
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
        Ok(())
    }
}
