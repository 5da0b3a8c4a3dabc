//! The threads of `std::thread`, with checks: a join waits for all that the thread still has to do, and what a thread
//! did before a join or a spawn happens before what follows it.

use crate::place::Place;
use crate::tracker::Life;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// See [`std::thread::spawn`]. The class of a join is the place of this call.
///
/// ```
/// let thread = memguard_lockdep::thread::spawn(|| 1);
/// assert_eq!(thread.join().unwrap(), 1);
/// ```
#[track_caller]
pub fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let life = Arc::new(Life::new(Place::caller()));
    JoinHandle { life: life.clone(), inner: thread::spawn(move || life.live_long(run)) }
}

/// [`std::thread::Builder`] with checks.
///
/// ```
/// let builder = memguard_lockdep::thread::Builder::new().name("worker".to_owned());
/// builder.spawn(|| assert_eq!(std::thread::current().name(), Some("worker"))).unwrap().join().unwrap();
/// ```
#[derive(Debug)]
pub struct Builder(thread::Builder);

impl Builder {
    /// See [`std::thread::Builder::new`].
    #[allow(clippy::new_without_default, reason = "as in std")]
    pub fn new() -> Self {
        Self(thread::Builder::new())
    }

    /// See [`std::thread::Builder::name`].
    #[must_use]
    pub fn name(self, name: String) -> Self {
        Self(self.0.name(name))
    }

    /// See [`std::thread::Builder::stack_size`].
    #[must_use]
    pub fn stack_size(self, size: usize) -> Self {
        Self(self.0.stack_size(size))
    }

    /// See [`std::thread::Builder::spawn`].
    ///
    /// # Errors
    ///
    /// If the system cannot make the thread.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(self, run: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
        let life = Arc::new(Life::new(Place::caller()));
        Ok(JoinHandle { life: life.clone(), inner: self.0.spawn(move || life.live_long(run))? })
    }
}

/// [`std::thread::JoinHandle`] with checks.
///
/// ```
/// let thread = memguard_lockdep::thread::spawn(|| ());
/// thread.join().unwrap();
/// ```
#[derive(Debug)]
pub struct JoinHandle<T> {
    life: Arc<Life>,
    inner: thread::JoinHandle<T>,
}

impl<T> JoinHandle<T> {
    /// See [`std::thread::JoinHandle::join`].
    ///
    /// # Errors
    ///
    /// The panic of the thread.
    #[track_caller]
    pub fn join(self) -> thread::Result<T> {
        self.life.join(Place::caller(), || self.inner.join())
    }

    /// See [`std::thread::JoinHandle::thread`].
    pub fn thread(&self) -> &thread::Thread {
        self.inner.thread()
    }

    /// See [`std::thread::JoinHandle::is_finished`].
    pub fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }
}

/// See [`std::thread::scope`]. Its end joins the threads that were not joined. It does not wait for the destructors of
/// their thread-locals. A join of a thread does.
///
/// ```
/// let mut sum = 0;
/// memguard_lockdep::thread::scope(|scope| {
///     scope.spawn(|| sum += 1);
/// });
/// assert_eq!(sum, 1);
/// ```
#[track_caller]
pub fn scope<'env, T>(run: impl for<'scope> FnOnce(&Scope<'scope, 'env>) -> T) -> T {
    let place = Place::caller();
    let lives = Arc::new(Mutex::new(Vec::new()));
    // A scope that panics has waited for its threads all the same.
    let _joined = AtItsEnd(lives.clone());
    thread::scope(|inner| {
        let result = run(&Scope { inner, lives: lives.clone() });
        for life in living(&lives).iter() {
            life.expect_end(place);
        }
        result
    })
}

/// The end of a scope, which joins the threads that were not joined.
struct AtItsEnd(Arc<Mutex<Vec<Arc<Life>>>>);

impl Drop for AtItsEnd {
    fn drop(&mut self) {
        for life in living(&self.0).iter().filter(|life| !life.is_joined()) {
            life.ended();
        }
    }
}

fn living(lives: &Mutex<Vec<Arc<Life>>>) -> std::sync::MutexGuard<'_, Vec<Arc<Life>>> {
    lives.lock().unwrap_or_else(PoisonError::into_inner)
}

/// [`std::thread::Scope`] with checks.
///
/// ```
/// memguard_lockdep::thread::scope(|scope| {
///     let inner = scope.clone();
///     scope.spawn(move || {
///         inner.spawn(|| ());
///     });
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Scope<'scope, 'env: 'scope> {
    inner: &'scope thread::Scope<'scope, 'env>,
    lives: Arc<Mutex<Vec<Arc<Life>>>>,
}

impl<'scope> Scope<'scope, '_> {
    /// See [`std::thread::Scope::spawn`].
    #[track_caller]
    pub fn spawn<T: Send + 'scope>(&self, run: impl FnOnce() -> T + Send + 'scope) -> ScopedJoinHandle<'scope, T> {
        let life = Arc::new(Life::in_scope(Place::caller()));
        let mut lives = living(&self.lives);
        if lives.len() == lives.capacity() {
            // Room for as many again, so that this is seldom done.
            lives.retain(|life| !life.is_joined());
            let left = lives.len();
            lives.reserve(left + 1);
        }
        lives.push(life.clone());
        drop(lives);
        ScopedJoinHandle { life: life.clone(), inner: self.inner.spawn(move || life.live_long(run)) }
    }
}

/// [`std::thread::ScopedJoinHandle`] with checks.
///
/// ```
/// memguard_lockdep::thread::scope(|scope| assert_eq!(scope.spawn(|| 1).join().unwrap(), 1));
/// ```
#[derive(Debug)]
pub struct ScopedJoinHandle<'scope, T> {
    life: Arc<Life>,
    inner: thread::ScopedJoinHandle<'scope, T>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// See [`std::thread::ScopedJoinHandle::join`].
    ///
    /// # Errors
    ///
    /// The panic of the thread.
    #[track_caller]
    pub fn join(self) -> thread::Result<T> {
        self.life.join(Place::caller(), || self.inner.join())
    }

    /// See [`std::thread::ScopedJoinHandle::is_finished`].
    pub fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }
}

/// A thread that another library makes, for the wrapper that makes it. Clones are of the same thread.
///
/// ```
/// let life = memguard_lockdep::thread::ThreadLife::new();
/// let thread = std::thread::spawn({
///     let life = life.clone();
///     move || life.live(|| 1)
/// });
/// assert_eq!(life.join(|| thread.join().unwrap()), 1);
/// ```
#[derive(Clone, Debug)]
pub struct ThreadLife(Arc<Life>);

impl ThreadLife {
    /// To be called by the thread that makes the thread. The class of a join is the place of this call.
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "the place of a default would be that of no caller")]
    pub fn new() -> Self {
        Self(Arc::new(Life::new(Place::caller())))
    }

    /// Runs what the thread is for. To be called by the thread itself.
    pub fn live<T>(&self, run: impl FnOnce() -> T) -> T {
        self.0.live(run)
    }

    /// Waits with `join` until the thread has ended.
    #[track_caller]
    pub fn join<T>(&self, join: impl FnOnce() -> T) -> T {
        self.0.join(Place::caller(), join)
    }

    /// The caller is going to wait until the thread has ended, as the end of a scope does.
    #[track_caller]
    pub fn expect_end(&self) {
        self.0.expect_end(Place::caller());
    }

    /// The caller has waited until the thread ended.
    pub fn ended(&self) {
        self.0.ended();
    }
}
