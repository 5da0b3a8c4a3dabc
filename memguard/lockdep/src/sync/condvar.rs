//! A condition variable.

use super::{LockResult, MutexGuard, PoisonError, WaitTimeoutResult};
use crate::class::Kind;
use crate::mode::Wait;
use crate::place::Place;
use crate::tracker::Tracker;
use std::sync;
use std::time::{Duration, Instant};

/// [`std::sync::Condvar`] with checks. A wait is a wait for the thread that notifies.
///
/// ```
/// use memguard_lockdep::sync::{Condvar, Mutex};
/// let (ready, changed) = (Mutex::new(false), Condvar::new());
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         *ready.lock().unwrap() = true;
///         changed.notify_one();
///     });
///     let ready = changed.wait_while(ready.lock().unwrap(), |ready| !*ready).unwrap();
///     assert!(*ready);
/// });
/// ```
#[derive(Debug)]
pub struct Condvar {
    tracker: Tracker,
    inner: sync::Condvar,
}

impl Condvar {
    /// A condition variable. Its class is the place of this call.
    #[track_caller]
    pub const fn new() -> Self {
        Self { tracker: Tracker::made_at(Kind::Condvar, Place::caller()), inner: sync::Condvar::new() }
    }

    /// See [`std::sync::Condvar::wait`].
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let place = Place::caller();
        let (result, ()) = guard.released_during(place, |guard| {
            let result = self.tracker.wait_for_signal(Wait::Block, place, || self.inner.wait(guard));
            (result.map_err(PoisonError::into_inner), ())
        });
        result.map_err(PoisonError::new)
    }

    /// See [`std::sync::Condvar::wait_while`].
    #[track_caller]
    pub fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        let mut waits = condition(&mut guard);
        if !waits {
            guard.could_wait_for(&self.tracker, Wait::Block, Place::caller());
        }
        while waits {
            guard = self.wait(guard)?;
            waits = condition(&mut guard);
        }
        Ok(guard)
    }

    /// See [`std::sync::Condvar::wait_timeout`].
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let place = Place::caller();
        let (result, timed_out) = guard.released_during(place, |guard| {
            match self.tracker.wait_for_signal(Wait::Timed, place, || self.inner.wait_timeout(guard, timeout)) {
                Ok((guard, timed_out)) => (Ok(guard), timed_out),
                Err(poisoned) => {
                    let (guard, timed_out) = poisoned.into_inner();
                    (Err(guard), timed_out)
                }
            }
        });
        match result {
            Ok(guard) => Ok((guard, timed_out)),
            Err(guard) => Err(PoisonError::new((guard, timed_out))),
        }
    }

    /// See [`std::sync::Condvar::wait_timeout_while`].
    #[track_caller]
    pub fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let (place, begun) = (Place::caller(), Instant::now());
        let mut unmet = condition(&mut guard);
        if !unmet {
            guard.could_wait_for(&self.tracker, Wait::Timed, place);
        }
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            if !unmet || left.is_zero() {
                // Only std can make the result. It does so without a wait: the condition is met, or no time is left.
                let (result, timed_out) = guard.released_during(place, |guard| {
                    match self.inner.wait_timeout_while(guard, Duration::ZERO, |_| unmet) {
                        Ok((guard, timed_out)) => (Ok(guard), timed_out),
                        Err(poisoned) => {
                            let (guard, timed_out) = poisoned.into_inner();
                            (Err(guard), timed_out)
                        }
                    }
                });
                return match result {
                    Ok(guard) => Ok((guard, timed_out)),
                    Err(guard) => Err(PoisonError::new((guard, timed_out))),
                };
            }
            guard = self.wait_timeout(guard, left)?.0;
            unmet = condition(&mut guard);
        }
    }

    /// See [`std::sync::Condvar::notify_one`].
    #[track_caller]
    pub fn notify_one(&self) {
        self.tracker.signal(Place::caller());
        self.inner.notify_one();
    }

    /// See [`std::sync::Condvar::notify_all`].
    #[track_caller]
    pub fn notify_all(&self) {
        self.tracker.signal(Place::caller());
        self.inner.notify_all();
    }
}

impl Default for Condvar {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}
