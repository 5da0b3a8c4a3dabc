//! The state of a lock, and the threads that wait until it changes.

use crate::execution;
use shuttle::future::block_on;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

/// The state of a lock.
pub(super) trait State: 'static {
    /// Nobody holds it, and nobody waits.
    const FREE: Self;
}

/// A state, changed in short steps that never switch to another thread.
#[derive(Debug)]
pub(super) struct Monitor<S>(Mutex<Inner<S>>);

#[derive(Debug)]
struct Inner<S> {
    /// The execution that changed it last.
    execution: u64,
    state: S,
    asleep: Vec<Waker>,
}

impl<S: State> Monitor<S> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Inner { execution: execution::NONE, state: S::FREE, asleep: Vec::new() }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner<S>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The threads of an execution that is over never run again, so what they held is free.
        if execution::is_over(inner.execution) {
            *inner = Inner { execution: execution::NONE, state: S::FREE, asleep: Vec::new() };
        }
        inner
    }

    /// Looks at the state.
    pub(super) fn look<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&self.inner().state)
    }

    /// Changes the state, if `change` returns something, and wakes those that wait for a change.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut S) -> Option<R>) -> Option<R> {
        let mut inner = self.inner();
        let result = change(&mut inner.state)?;
        Self::changed(inner);
        Some(result)
    }

    /// Changes the state and wakes those that wait for a change.
    pub(super) fn set<R>(&self, set: impl FnOnce(&mut S) -> R) -> R {
        let mut inner = self.inner();
        let result = set(&mut inner.state);
        Self::changed(inner);
        result
    }

    fn changed(mut inner: MutexGuard<'_, Inner<S>>) {
        inner.execution = execution::current();
        let asleep = std::mem::take(&mut inner.asleep);
        drop(inner);
        asleep.into_iter().for_each(Waker::wake);
    }

    /// Waits until `change` returns something.
    pub(super) fn wait<R>(&self, mut change: impl FnMut(&mut S) -> Option<R>) -> R {
        if !execution::is_inside() {
            // Such a lock is for models. A thread of the system that uses it gets it in the end.
            loop {
                match self.change(&mut change) {
                    Some(result) => return result,
                    None => thread::yield_now(),
                }
            }
        }
        block_on(poll_fn(|context| match self.change(&mut change) {
            Some(result) => Poll::Ready(result),
            None => {
                let mut inner = self.inner();
                inner.execution = execution::current();
                inner.asleep.push(context.waker().clone());
                Poll::Pending
            }
        }))
    }
}
