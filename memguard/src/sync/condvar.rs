//! The condition variable of the facade.

use super::leaf::{Deadline, RawCondvar};
use super::mutex::MutexGuard;
use std::fmt;

/// Lets threads that hold a [`Mutex`](super::Mutex) wait for one another.
///
/// ```
/// use memguard::sync::{Class, Condvar, Mutex, Site};
/// let (ready, changed) = (Mutex::new(Class::Buffer, false), Condvar::new());
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         *ready.lock(Site::LeaseWake).unwrap() = true;
///         changed.notify_all();
///     });
///     let mut guard = ready.lock(Site::LeaseWait).unwrap();
///     while !*guard {
///         changed.wait(&mut guard);
///     }
/// });
/// ```
pub struct Condvar(RawCondvar);

impl Condvar {
    /// A condition variable that nobody waits on.
    ///
    /// ```
    /// memguard::sync::Condvar::new().notify_all(); // nobody waits
    /// ```
    pub fn new() -> Self {
        Self(RawCondvar::new())
    }

    /// Releases the guard's lock, sleeps until notified, and takes the lock again. May also return without a notification.
    ///
    /// ```
    /// use memguard::sync::{Class, Condvar, Mutex, Site};
    /// let (ready, changed) = (Mutex::new(Class::Buffer, false), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         *ready.lock(Site::LeaseWake).unwrap() = true;
    ///         changed.notify_all();
    ///     });
    ///     let mut guard = ready.lock(Site::LeaseWait).unwrap();
    ///     while !*guard {
    ///         changed.wait(&mut guard);
    ///     }
    /// });
    /// ```
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        self.wait_until(guard, None);
    }

    /// Wakes every thread that waits.
    ///
    /// ```
    /// use memguard::sync::{Class, Condvar, Mutex, Site};
    /// let (ready, changed) = (Mutex::new(Class::Buffer, false), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         *ready.lock(Site::LeaseWake).unwrap() = true;
    ///         changed.notify_all();
    ///     });
    ///     let mut guard = ready.lock(Site::LeaseWait).unwrap();
    ///     while !*guard {
    ///         changed.wait(&mut guard);
    ///     }
    /// });
    /// ```
    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Like [`wait`](Self::wait), and gives up at the deadline. Returns whether the deadline came first.
    pub(super) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, deadline: Option<Deadline>) -> bool {
        let raw = guard.raw();
        let pause = guard.ticket().pause();
        // SAFETY: `guard` proves that this thread holds `raw`, and it holds it again when the call returns.
        let timed_out = unsafe { self.0.wait_until(raw, deadline) };
        guard.ticket().resume(pause);
        timed_out
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
