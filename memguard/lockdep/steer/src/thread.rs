//! The threads of `shuttle`, with the checks of [`memguard_lockdep::thread`].

use crate::raw::Flag;
use memguard_lockdep::thread::ThreadLife;
use shuttle::thread;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use shuttle::thread::{Result, current, park, sleep, yield_now};

/// See [`std::thread::spawn`].
///
/// ```
/// use memguard_lockdep_steer::{reports_of, thread};
/// reports_of(|| assert_eq!(thread::spawn(|| 1).join().unwrap(), 1));
/// ```
#[track_caller]
pub fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let life = ThreadLife::new();
    JoinHandle { life: life.clone(), inner: thread::spawn(move || life.live(run)) }
}

/// See [`std::thread::Builder`].
///
/// ```
/// use memguard_lockdep_steer::{reports_of, thread::Builder};
/// reports_of(|| Builder::new().name("worker".to_owned()).spawn(|| ()).unwrap().join().unwrap());
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

    /// See [`std::thread::Builder::spawn`].
    ///
    /// # Errors
    ///
    /// None. It has the signature of the one of std.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(self, run: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
        let life = ThreadLife::new();
        Ok(JoinHandle { life: life.clone(), inner: self.0.spawn(move || life.live(run))? })
    }
}

/// See [`std::thread::JoinHandle`].
///
/// ```
/// use memguard_lockdep_steer::{reports_of, thread};
/// reports_of(|| thread::spawn(|| ()).join().unwrap());
/// ```
#[derive(Debug)]
pub struct JoinHandle<T> {
    life: ThreadLife,
    inner: thread::JoinHandle<T>,
}

impl<T> JoinHandle<T> {
    /// See [`std::thread::JoinHandle::join`].
    ///
    /// # Errors
    ///
    /// The panic of the thread.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.life.join(|| self.inner.join())
    }

    /// See [`std::thread::JoinHandle::thread`].
    pub fn thread(&self) -> &thread::Thread {
        self.inner.thread()
    }
}

/// See [`std::thread::scope`].
///
/// ```
/// use memguard_lockdep_steer::{reports_of, thread};
/// reports_of(|| {
///     let mut sum = 0;
///     thread::scope(|scope| {
///         scope.spawn(|| sum += 1);
///     });
///     assert_eq!(sum, 1);
/// });
/// ```
#[track_caller]
pub fn scope<'env, T>(run: impl for<'scope> FnOnce(&Scope<'scope, 'env>) -> T) -> T {
    let members = Members::default();
    thread::scope(|inner| {
        let result = run(&Scope { inner, members: members.clone() });
        // The end of a scope waits. The checker is to know for what.
        while let Some(member) = members.next() {
            if !member.joined.load(Ordering::Relaxed) {
                member.life.join(|| member.end.wait());
            }
        }
        result
    })
}

/// A thread of a scope.
#[derive(Debug)]
struct Member {
    life: ThreadLife,
    end: Flag,
    joined: AtomicBool,
}

#[derive(Clone, Debug, Default)]
struct Members(Arc<Mutex<Vec<Arc<Member>>>>);

impl Members {
    fn all(&self) -> MutexGuard<'_, Vec<Arc<Member>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next to wait for. Threads of the scope can make others meanwhile.
    fn next(&self) -> Option<Arc<Member>> {
        self.all().pop()
    }
}

/// See [`std::thread::Scope`].
///
/// ```
/// use memguard_lockdep_steer::{reports_of, thread};
/// reports_of(|| thread::scope(|scope| assert_eq!(scope.spawn(|| 1).join().unwrap(), 1)));
/// ```
#[derive(Clone, Debug)]
pub struct Scope<'scope, 'env: 'scope> {
    inner: &'scope thread::Scope<'scope, 'env>,
    members: Members,
}

impl<'scope> Scope<'scope, '_> {
    /// See [`std::thread::Scope::spawn`].
    #[track_caller]
    pub fn spawn<T: Send + 'scope>(&self, run: impl FnOnce() -> T + Send + 'scope) -> ScopedJoinHandle<'scope, T> {
        let member = Arc::new(Member { life: ThreadLife::new(), end: Flag::new(), joined: AtomicBool::new(false) });
        self.members.all().push(member.clone());
        let own = member.clone();
        let run = move || {
            let _ended = own.end.set_later();
            own.life.live(run)
        };
        ScopedJoinHandle { member, inner: self.inner.spawn(run) }
    }
}

/// See [`std::thread::ScopedJoinHandle`].
///
/// ```
/// use memguard_lockdep_steer::{reports_of, thread};
/// reports_of(|| thread::scope(|scope| scope.spawn(|| ()).join().unwrap()));
/// ```
#[derive(Debug)]
pub struct ScopedJoinHandle<'scope, T> {
    member: Arc<Member>,
    inner: thread::ScopedJoinHandle<'scope, T>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// See [`std::thread::ScopedJoinHandle::join`].
    ///
    /// # Errors
    ///
    /// The panic of the thread.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.member.joined.store(true, Ordering::Relaxed);
        self.member.life.join(|| self.inner.join())
    }
}
