//! What the models' leaf takes from shuttle.
//!
//! It does not use shuttle's `Mutex` and `Condvar`, so that both model checkers run the same locks. It does not use
//! shuttle's `park`, because that wakes spuriously and would hide a lost wake-up. A thread sleeps as a task does that
//! waits for its waker.

use shuttle::future::block_on;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};

pub(super) use shuttle::thread::JoinHandle;

pub use shuttle::sync::atomic;

/// Cells that know the accesses under way. shuttle has no such cells. An access that conflicts with another panics.
pub(crate) mod cell {
    use std::cell::Cell;
    use std::fmt;
    use std::panic::AssertUnwindSafe;
    use std::rc::Rc;

    /// Accesses under way: how many readers, or `WRITER`.
    type Inside = Rc<AssertUnwindSafe<Cell<usize>>>;
    const WRITER: usize = usize::MAX;

    /// A cell that several threads may reach under a protocol that its owner states, and that panics when they break
    /// it.
    pub(crate) struct UnsafeCell<T> {
        inside: Inside,
        data: std::cell::UnsafeCell<T>,
    }

    /// Shared access to the cell, from [`UnsafeCell::get`] until it is dropped.
    pub(crate) struct ConstPtr<T> {
        inside: Inside,
        data: *const T,
    }

    /// Exclusive access to the cell, from [`UnsafeCell::get_mut`] until it is dropped.
    pub(crate) struct MutPtr<T> {
        inside: Inside,
        data: *mut T,
    }

    impl<T> UnsafeCell<T> {
        pub(crate) fn new(data: T) -> Self {
            Self { inside: Inside::default(), data: std::cell::UnsafeCell::new(data) }
        }

        pub(crate) fn get(&self) -> ConstPtr<T> {
            assert_ne!(self.inside.get(), WRITER, "currently writing to cell: it is read in the middle of a change");
            self.inside.set(self.inside.get() + 1);
            ConstPtr { inside: Rc::clone(&self.inside), data: self.data.get() }
        }

        pub(crate) fn get_mut(&self) -> MutPtr<T> {
            assert_ne!(self.inside.get(), WRITER, "currently writing to cell: it is changed by two threads at once");
            assert_eq!(self.inside.get(), 0, "currently reading from cell: it is changed under its readers");
            self.inside.set(WRITER);
            MutPtr { inside: Rc::clone(&self.inside), data: self.data.get() }
        }
    }

    impl<T> fmt::Debug for UnsafeCell<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("UnsafeCell(..)")
        }
    }

    impl<T> ConstPtr<T> {
        /// # Safety
        /// No exclusive access to the cell may exist while the reference lives.
        pub(crate) unsafe fn deref(&self) -> &T {
            // SAFETY: the pointer comes from a live cell; the caller excludes exclusive access.
            unsafe { &*self.data }
        }
    }

    impl<T> Drop for ConstPtr<T> {
        fn drop(&mut self) {
            self.inside.set(self.inside.get() - 1);
        }
    }

    impl<T> MutPtr<T> {
        /// # Safety
        /// No other access to the cell may exist while the reference lives.
        #[allow(clippy::mut_from_ref, reason = "the signature of loom's MutPtr")]
        pub(crate) unsafe fn deref(&self) -> &mut T {
            // SAFETY: the pointer comes from a live cell; the caller excludes every other access.
            unsafe { &mut *self.data }
        }
    }

    impl<T> Drop for MutPtr<T> {
        fn drop(&mut self) {
            self.inside.set(0);
        }
    }
}

macro_rules! per_thread {
    (static $name:ident: $type:ty = $init:expr;) => {
        ::shuttle::thread_local! { static $name: $type = $init }
    };
}
pub(crate) use per_thread;

/// The stack of the thread is as large as the run's configuration says.
pub(super) fn spawn(body: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    Ok(shuttle::thread::spawn(body))
}

/// A thread that is going to sleep. Another thread wakes it by this handle.
#[derive(Clone)]
pub(super) struct Sleeper(Arc<Bed>);

struct Bed {
    woken: AtomicBool,
    waker: Waker,
}

impl Sleeper {
    pub(super) fn here() -> Self {
        // Ready at once, so no step.
        let waker = block_on(poll_fn(|context| Poll::Ready(context.waker().clone())));
        Self(Arc::new(Bed { woken: AtomicBool::new(false), waker }))
    }

    /// Sleeps until it is woken, at once if it was woken since [`here`](Self::here). No step comes between the two.
    pub(super) fn sleep(self) {
        block_on(poll_fn(|_| match self.0.woken.load(Ordering::Relaxed) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }));
    }

    pub(super) fn wake(self) {
        self.0.woken.store(true, Ordering::Relaxed);
        self.0.waker.wake_by_ref();
    }
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
