//! The watchdog: notices when a thread makes no progress.

use super::board::{Board, Heartbeat};
use memguard::sync::lockdep::{self, WaitGraph};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Looks in the time after which a thread has stalled. Looks are counted and not clocks compared: a machine or a process that
/// was stopped for a while misses looks, and its threads are not blamed for it.
const LOOKS: u32 = 20;

/// Threads that made no progress, and what they hold and wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// The threads, in the order in which they began.
    pub silent: Vec<Silent>,
    /// How long they had been silent.
    pub after: Duration,
    /// Who holds what and who waits for what, with sites.
    pub graph: WaitGraph,
}

/// A thread that made no progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// Its name.
    pub thread: String,
    /// What it began last.
    pub doing: &'static str,
    /// What it had completed before.
    pub completed: u64,
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no progress for {:?}:", self.after)?;
        for Silent { thread, doing, completed } in &self.silent {
            writeln!(f, "  {thread}: {doing}, after {completed} completed operations")?;
        }
        writeln!(f, "who holds what and waits for what:")?;
        write!(f, "{}", self.graph)
    }
}

/// Watches until it is dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    /// Dropped to say that it is over.
    over: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Starts watching the board. `on_stall` runs on the watchdog's own thread, once.
    pub(super) fn start(
        board: Arc<Board>,
        stall_after: Duration,
        on_stall: impl FnOnce(&Stall) + Send + 'static,
    ) -> io::Result<Self> {
        let (over, is_over) = mpsc::channel();
        let thread = std::thread::Builder::new().name("watchdog".into()).spawn(move || {
            let mut memory = HashMap::new();
            while is_over.recv_timeout(stall_after / LOOKS) == Err(RecvTimeoutError::Timeout) {
                let silent = look(&board, &mut memory);
                if !silent.is_empty() {
                    on_stall(&Stall { silent, after: stall_after, graph: lockdep::snapshot() });
                    return;
                }
            }
        })?;
        Ok(Self { over: Some(over), thread: Some(thread) })
    }
}

/// What a heart had beaten when that was last seen to change, and in how many looks it has not changed since. The entry holds
/// the heart, so that its address means this heart for as long as the entry is there.
type Memory = HashMap<*const Heartbeat, (Arc<Heartbeat>, u64, u32)>;

/// One look. Remembers what it saw, and returns the threads that were silent for all of [`LOOKS`].
fn look(board: &Board, memory: &mut Memory) -> Vec<Silent> {
    let alive = board.alive();
    memory.retain(|_, (heart, ..)| alive.iter().any(|other| Arc::ptr_eq(other, heart)));
    let mut silent = Vec::new();
    for heart in alive {
        let beats = heart.beats();
        let entry = memory.entry(Arc::as_ptr(&heart));
        let (_, before, looks) = entry.and_modify(|seen| seen.2 += 1).or_insert_with(|| (Arc::clone(&heart), beats, 0));
        if *before != beats {
            (*before, *looks) = (beats, 0);
        }
        if *looks >= LOOKS {
            silent.push(Silent { thread: heart.name().to_owned(), doing: heart.doing(), completed: beats });
        }
    }
    silent
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(thread) = self.thread.take() {
            // It reports stalls and does not fail; a panic of it was printed, and there is nothing to undo.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LOOKS, Memory, look};
    use crate::engine::board::Board;

    #[test]
    fn only_a_thread_that_is_silent_for_all_looks_has_stalled() {
        let (board, mut memory) = (Board::default(), Memory::new());
        let (busy, stuck) = (board.enlist_worker("busy".into()), board.enlist_worker("stuck".into()));
        for _ in 0..LOOKS {
            assert_eq!(look(&board, &mut memory), []);
            busy.beat();
        }
        let silent = look(&board, &mut memory);
        assert_eq!(silent.len(), 1);
        assert_eq!((silent[0].thread.as_str(), silent[0].completed), ("stuck", 0));
        stuck.end();
        busy.beat();
        assert_eq!(look(&board, &mut memory), []);
    }
}
