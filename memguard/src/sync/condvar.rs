//! The condition variable of the facade.

use super::leaf::Deadline;
use super::mutex::MutexGuard;
use super::raw_condvar::RawCondvar;
use super::raw_lock::RawLock;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Lets threads that hold a [`Mutex`](super::Mutex) wait for one another.
///
/// All threads that wait at a time do so with one mutex: see [`WaitError`].
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Class, Condvar, Mutex, Site};
/// let (ready, changed) = (Mutex::new(Class::Buffer, false), Condvar::new());
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         *ready.lock(Site::LeaseWake).unwrap() = true;
///         changed.notify_all();
///     });
///     let mut guard = ready.lock(Site::LeaseWait).unwrap();
///     while !*guard {
///         changed.wait(&mut guard).unwrap();
///     }
/// });
/// # }
/// ```
pub struct Condvar {
    raw: RawCondvar,
    bond: Bond,
}

/// The thread did not wait, because other threads wait on the condition variable with another mutex. The thread's own
/// mutex was not released and is still held.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Class, Condvar, Mutex, MutexGuard, Site, WaitError};
/// fn wait(condvar: &Condvar, guard: &mut MutexGuard<'_, bool>) -> Result<(), WaitError> {
///     while !**guard {
///         condvar.wait(guard)?;
///     }
///     Ok(())
/// }
/// let ready = Mutex::new(Class::Buffer, true);
/// assert_eq!(wait(&Condvar::new(), &mut ready.lock(Site::LeaseWait).unwrap()), Ok(()));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("did not wait: other threads wait on this condition variable with another mutex; use one mutex with it")]
#[non_exhaustive]
pub struct WaitError;

/// Which mutex the waiting threads wait with.
///
/// The fields are not atomics of a model checker, because both follow from the steps of the mutex, which the checker
/// sees.
struct Bond {
    /// Null while no thread waits.
    mutex: AtomicPtr<RawLock>,
    /// How many threads wait. Changed only by a thread that holds `mutex`.
    waiting: AtomicUsize,
}

impl Bond {
    const fn new() -> Self {
        Self { mutex: AtomicPtr::new(ptr::null_mut()), waiting: AtomicUsize::new(0) }
    }

    /// One more thread waits with `mutex`, which it holds.
    fn enter(&self, mutex: &RawLock) -> Result<(), WaitError> {
        let mutex = ptr::from_ref(mutex).cast_mut();
        let free = ptr::null_mut();
        match self.mutex.compare_exchange(free, mutex, Ordering::Acquire, Ordering::Relaxed) {
            Err(bound) if bound != mutex => return Err(WaitError),
            // No thread unbinds it before the count goes up, because it would have to hold this mutex.
            _ => self.waiting.fetch_add(1, Ordering::Relaxed),
        };
        Ok(())
    }

    /// A thread has waited, and holds its mutex again.
    fn leave(&self) {
        if self.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.mutex.store(ptr::null_mut(), Ordering::Release);
        }
    }
}

impl Condvar {
    /// A condition variable on which no thread waits.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// memguard::sync::Condvar::new().notify_all(); // no thread waits
    /// # }
    /// ```
    pub fn new() -> Self {
        Self { raw: RawCondvar::new(), bond: Bond::new() }
    }

    /// Releases the guard's lock, sleeps until notified, and takes the lock again. May also return without a
    /// notification.
    ///
    /// # Errors
    /// [`WaitError`] if other threads wait with another mutex. The guard's lock is still held and was not released.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Class, Condvar, Mutex, Site};
    /// let (ready, changed) = (Mutex::new(Class::Buffer, false), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         *ready.lock(Site::LeaseWake).unwrap() = true;
    ///         changed.notify_all();
    ///     });
    ///     let mut guard = ready.lock(Site::LeaseWait).unwrap();
    ///     while !*guard {
    ///         changed.wait(&mut guard).unwrap();
    ///     }
    /// });
    /// # }
    /// ```
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) -> Result<(), WaitError> {
        self.wait_until(guard, None).map(drop)
    }

    /// Wakes every thread that waits.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Class, Condvar, Mutex, Site};
    /// let (ready, changed) = (Mutex::new(Class::Buffer, false), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         *ready.lock(Site::LeaseWake).unwrap() = true;
    ///         changed.notify_all();
    ///     });
    ///     let mut guard = ready.lock(Site::LeaseWait).unwrap();
    ///     while !*guard {
    ///         changed.wait(&mut guard).unwrap();
    ///     }
    /// });
    /// # }
    /// ```
    pub fn notify_all(&self) {
        self.raw.count_one();
        self.raw.wake_all();
    }

    /// Wakes every thread that waits, when `guard` is released. To wake many threads takes long, and each of them locks
    /// the mutex first.
    ///
    /// The notification is counted before. Otherwise nothing orders the count with the mutex, and a thread that comes
    /// in between may read the old one again and again, and not sleep.
    pub(super) fn notify_all_behind<T>(&self, guard: MutexGuard<'_, T>) {
        self.raw.count_one();
        drop(guard);
        self.raw.wake_all();
    }

    /// Like [`wait`](Self::wait), and gives up at the deadline. Returns whether the deadline came first.
    pub(super) fn wait_until<T>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: Option<Deadline>,
    ) -> Result<bool, WaitError> {
        let raw = &guard.mutex.raw;
        self.bond.enter(raw)?;
        // SAFETY: `guard` proves that this thread holds `raw`, and it holds it again when the call returns.
        let timed_out =
            guard.ticket.released_during(&guard.mutex.dep, || unsafe { self.raw.wait_until(raw, deadline) });
        self.bond.leave();
        Ok(timed_out)
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar")
    }
}
