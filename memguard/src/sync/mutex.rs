//! The mutex of the facade: a raw lock, a class, a poison mark and the hooks of lockdep.

use super::drop::{OnDrop, impl_drop};
use super::hooks;
use super::leaf::{self, cell};
use super::order::Class;
use super::outcome::{Mode, Outcome};
use super::raw_lock::RawLock;
use super::site::Site;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A mutual-exclusion lock of a stated [`Class`], acquired only by naming a [`Site`].
///
/// A guard that is dropped by a panic marks the lock poisoned. No lock of this kind is held while user code runs, so
/// the panic came from inside the library. The next acquisition returns [`Poisoned`], with the guard inside.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Class, Mutex, Site};
/// let pool = Mutex::new(Class::Pool, 1);
/// *pool.lock(Site::PoolTake).unwrap() += 1;
/// assert_eq!(*pool.lock(Site::PoolPut).unwrap(), 2);
/// # }
/// ```
pub struct Mutex<T> {
    pub(super) raw: RawLock,
    /// Accessed only by the thread that holds `raw`, which orders the accesses. Atomic so that `&self` suffices.
    poisoned: AtomicBool,
    pub(super) dep: hooks::Lock,
    data: cell::UnsafeCell<T>,
}

// SAFETY: the data is reached only through a guard, and `raw` lets one guard exist at a time.
unsafe impl<T: Send> Sync for Mutex<T> {}
// SAFETY: sending the mutex sends the data.
unsafe impl<T: Send> Send for Mutex<T> {}

/// Access to the data of a [`Mutex`]. Dropping it releases the lock.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Class, Mutex, MutexGuard, Site};
/// let mutex = Mutex::new(Class::Pool, 1);
/// let mut guard: MutexGuard<'_, i32> = mutex.lock(Site::PoolTake).unwrap();
/// *guard += 1;
/// assert_eq!(*guard, 2);
/// # }
/// ```
#[must_use = "the lock is released when the guard is dropped"]
pub struct MutexGuard<'a, T> {
    pub(super) mutex: &'a Mutex<T>,
    pub(super) ticket: hooks::Ticket,
    was_panicking: bool,
    /// A lock must be released by the thread that took it.
    not_send: PhantomData<*const ()>,
}

/// The lock was taken, but a panic had left it marked. [`into_inner`](Poisoned::into_inner) clears the mark. Its caller
/// vouches for the data.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Class, Mutex, Site};
/// let mutex = Mutex::new(Class::Pool, 1);
/// std::thread::scope(|scope| {
///     let panics = scope.spawn(|| {
///         let _guard = mutex.lock(Site::PoolPut).unwrap();
///         panic!("under the lock");
///     });
///     assert!(panics.join().is_err());
/// });
/// let poisoned = mutex.lock(Site::PoolTake).unwrap_err();
/// assert_eq!(*poisoned.into_inner(), 1);
/// # }
/// ```
pub struct Poisoned<G>(G);

// Exhaustive: `sync` is exempt from semantic versioning.
/// Why a try did not take the lock, or took it with a mark.
///
/// ```
/// # #[cfg(feature = "internals")] {
/// use memguard::sync::{Class, Mutex, Site, TryLockError};
/// let mutex = Mutex::new(Class::Buffers, ());
/// let _held = mutex.lock(Site::RegistryPurge).unwrap();
/// std::thread::scope(|scope| {
///     scope.spawn(|| assert!(matches!(mutex.try_lock(Site::RegistryAdd), Err(TryLockError::WouldBlock))));
/// });
/// # }
/// ```
#[derive(Debug)]
pub enum TryLockError<G> {
    /// Another thread holds it.
    WouldBlock,
    /// It was taken, but a panic had left it marked.
    Poisoned(Poisoned<G>),
}

impl<T> Mutex<T> {
    /// A free lock of this class.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Class, Mutex};
    /// let mutex = Mutex::new(Class::Coffer, [0; 32]);
    /// # }
    /// ```
    pub fn new(class: Class, data: T) -> Self {
        Self {
            raw: RawLock::new(),
            poisoned: AtomicBool::new(false),
            dep: hooks::lock(class),
            data: cell::UnsafeCell::new(data),
        }
    }

    /// Waits for the lock as long as it takes.
    ///
    /// # Errors
    /// [`Poisoned`] with the guard inside, if a panic had left the lock marked.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Class, Mutex, Site};
    /// let mutex = Mutex::new(Class::Pool, vec![1]);
    /// mutex.lock(Site::PoolPut).unwrap().push(2);
    /// assert_eq!(mutex.lock(Site::PoolTake).unwrap().pop(), Some(2));
    /// # }
    /// ```
    #[inline]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn lock(&self, site: Site) -> Result<MutexGuard<'_, T>, Poisoned<MutexGuard<'_, T>>> {
        let wanted = hooks::want(&self.dep, site, Mode::Exclusive, true);
        let mut outcome = Outcome::Acquired;
        self.raw.lock(None, || {
            outcome = Outcome::Contended;
            wanted.wait()
        });
        self.taken(wanted, outcome)
    }

    /// Takes the lock if it is free.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if it is not, [`TryLockError::Poisoned`] with the guard inside if it was marked.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Class, Mutex, Site};
    /// let mutex = Mutex::new(Class::Buffers, 0);
    /// *mutex.try_lock(Site::RegistryAdd).ok().expect("no other thread is there") += 1;
    /// # }
    /// ```
    #[inline]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn try_lock(&self, site: Site) -> Result<MutexGuard<'_, T>, TryLockError<MutexGuard<'_, T>>> {
        let wanted = hooks::want(&self.dep, site, Mode::Exclusive, false);
        if self.raw.try_lock() {
            self.taken(wanted, Outcome::Acquired).map_err(TryLockError::Poisoned)
        } else {
            wanted.refused(Outcome::WouldBlock);
            Err(TryLockError::WouldBlock)
        }
    }

    /// Waits for the lock until `timeout` has passed.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if it did not become free in time, [`TryLockError::Poisoned`] with the guard inside
    /// if it was marked.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Class, Mutex, Site};
    /// let mutex = Mutex::new(Class::Coffer, 7);
    /// let guard = mutex.lock_timed(Site::CofferView, std::time::Duration::from_millis(10));
    /// assert_eq!(guard.map(|guard| *guard).ok(), Some(7));
    /// # }
    /// ```
    #[inline]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn lock_timed(
        &self,
        site: Site,
        timeout: Duration,
    ) -> Result<MutexGuard<'_, T>, TryLockError<MutexGuard<'_, T>>> {
        let wanted = hooks::want(&self.dep, site, Mode::Exclusive, true);
        let mut outcome = Outcome::Acquired;
        let taken = self.raw.lock(Some(timeout), || {
            outcome = Outcome::Contended;
            wanted.wait()
        });
        if taken {
            self.taken(wanted, outcome).map_err(TryLockError::Poisoned)
        } else {
            wanted.refused(Outcome::TimedOut);
            Err(TryLockError::WouldBlock)
        }
    }

    /// The data, without taking the lock. A mark that a panic left is ignored.
    ///
    /// # Safety
    /// No other thread has the lock, and none takes it while the result lives.
    #[inline]
    pub(crate) unsafe fn get_alone(&self) -> cell::MutPtr<T> {
        self.data.get_mut()
    }

    #[inline]
    fn taken(&self, wanted: hooks::Wanted, outcome: Outcome) -> Result<MutexGuard<'_, T>, Poisoned<MutexGuard<'_, T>>> {
        let poisoned = self.poisoned.load(Ordering::Relaxed);
        let ticket = wanted.granted(if poisoned { Outcome::Poisoned } else { outcome });
        let guard = MutexGuard { mutex: self, ticket, was_panicking: leaf::panicking(), not_send: PhantomData };
        if poisoned { Err(Poisoned(guard)) } else { Ok(guard) }
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").field("lock", &self.dep).finish_non_exhaustive()
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard is the one holder of the lock, and `&self` keeps `&mut` references away.
        unsafe { &*std::ptr::from_ref(self.mutex.data.get().deref()) }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard is the one holder of the lock, and `&mut self` keeps every other reference away.
        unsafe { &mut *std::ptr::from_mut(self.mutex.data.get_mut().deref()) }
    }
}

impl<T> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexGuard").field("lock", &self.mutex.dep).finish_non_exhaustive()
    }
}

impl<T> OnDrop for MutexGuard<'_, T> {
    #[inline]
    fn on_drop(&mut self) {
        if !self.was_panicking && leaf::panicking() {
            self.mutex.poisoned.store(true, Ordering::Relaxed);
        }
        self.ticket.release();
        // SAFETY: a guard exists only while its thread holds the lock, and it is dropped once.
        unsafe { self.mutex.raw.unlock() }
    }
}

impl_drop!(MutexGuard<'_, T>, T);

impl<'a, T> Poisoned<MutexGuard<'a, T>> {
    /// The guard, with the mark cleared. The caller must check the data and repair it if needed.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::{Class, Mutex, Site};
    /// let mutex = Mutex::new(Class::Pool, 1);
    /// std::thread::scope(|scope| {
    ///     let panics = scope.spawn(|| {
    ///         let _guard = mutex.lock(Site::PoolPut).unwrap();
    ///         panic!("under the lock");
    ///     });
    ///     assert!(panics.join().is_err());
    /// });
    /// let poisoned = mutex.lock(Site::PoolTake).unwrap_err();
    /// assert_eq!(*poisoned.into_inner(), 1);
    /// # }
    /// ```
    pub fn into_inner(self) -> MutexGuard<'a, T> {
        self.0.mutex.poisoned.store(false, Ordering::Relaxed);
        self.0
    }
}

impl<G> fmt::Debug for Poisoned<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Poisoned(..)")
    }
}
