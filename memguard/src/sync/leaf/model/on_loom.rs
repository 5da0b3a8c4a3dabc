//! What the models' leaf takes from loom.

use loom::thread::{Builder, Thread};
use std::time::Duration;

pub use loom::sync::atomic;
pub(super) use loom::thread::JoinHandle;

pub(crate) mod cell {
    pub(crate) use loom::cell::{ConstPtr, MutPtr, UnsafeCell};
}

macro_rules! per_thread {
    (static $name:ident: $type:ty = $init:expr;) => {
        ::loom::thread_local! { static $name: $type = $init; }
    };
}
pub(crate) use per_thread;

pub(super) fn spawn(body: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    /// In words. loom's default of 32 KiB is less than what is overwritten of the stack after each use of the key.
    const STACK: usize = 256 * 1024 / size_of::<usize>();
    Builder::new().stack_size(STACK).spawn(body)
}

/// A thread that is going to sleep. Another thread wakes it by this handle.
#[derive(Clone)]
pub(super) struct Sleeper(Thread);

impl Sleeper {
    pub(super) fn here() -> Self {
        Self(loom::thread::current())
    }

    /// Sleeps until it is woken, at once if it was woken since [`here`](Self::here). No step comes between the two.
    pub(super) fn sleep(self) {
        loom::thread::park();
    }

    pub(super) fn wake(self) {
        self.0.unpark();
    }
}

/// A moment of the clock. There is none under loom.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {}

impl Moment {
    pub(super) fn after(_timeout: Duration) -> Option<Self> {
        None
    }

    pub(super) fn sleep(self, _sleeper: Sleeper) {
        match self {}
    }
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}
