//! How many operations the others have completed. The holder waits for a number of them, and looks at no clock.

use crate::mutex::lock;
use std::sync::{Condvar, Mutex, PoisonError};

/// What several workers have completed.
pub(super) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How many operations are completed.
    done: u64,
    /// How many workers have not ended.
    working: usize,
    /// The number of operations for which the holder waits.
    mark: u64,
}

impl Progress {
    /// Of this many workers, each of which calls [`working`](Self::working) once.
    pub(super) fn of(workers: usize) -> Self {
        Self { state: Mutex::new(State { done: 0, working: workers, mark: 0 }), changed: Condvar::new() }
    }

    /// A worker's part in this, until it is dropped.
    pub(super) fn working(&self) -> Working<'_> {
        Working(self)
    }

    /// Waits until this many more operations are completed, or all workers have ended.
    pub(super) fn wait_for(&self, more: u64) {
        let mut state = lock(&self.state);
        let mark = state.done + more;
        state.mark = mark;
        let waits = |state: &mut State| state.done < mark && state.working > 0;
        // Poison shows nothing here, as in `crate::mutex`.
        drop(self.changed.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner));
    }
}

/// One worker.
pub(super) struct Working<'p>(&'p Progress);

impl Working<'_> {
    /// One more operation is completed.
    pub(super) fn done(&self) {
        let mut state = lock(&self.0.state);
        state.done += 1;
        if state.done == state.mark {
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).working -= 1;
        self.0.changed.notify_all();
    }
}
