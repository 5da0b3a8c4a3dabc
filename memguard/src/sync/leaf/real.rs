//! The leaf that production and tests run on: the system's waits, std atomics and threads.

use super::identity;
pub(crate) use super::process::process_number;
pub(crate) use super::visitor::{end_visits, visit_at_interval};
use super::wait;
use std::time::{Duration, Instant};

pub use std::sync::atomic;

/// Whether a lock may be in a static.
pub(crate) const HAS_STATICS: bool = true;

/// How often a refused nested access is tried again before it gives up, and how often a waiter spins before it parks.
pub(crate) const BACKOFF_ROUNDS: u32 = 10;

/// How often a thread looks again at a held lock before it sleeps.
pub(crate) const SPIN_ROUNDS: u32 = BACKOFF_ROUNDS;

/// Waits a little longer each round: a few cycles at first, the rest of the time slice at the end.
pub(crate) fn backoff(round: u32) {
    if round < 6 {
        for _ in 0..1u32 << round {
            std::hint::spin_loop();
        }
    } else {
        std::thread::yield_now();
    }
}

/// Whether a guard that is dropped now belongs to an execution that was given up. Only model checkers give executions
/// up.
#[inline(always)]
pub(crate) const fn abandoned() -> bool {
    false
}

/// Whether this thread unwinds from a panic.
#[inline(always)]
pub(crate) fn panicking() -> bool {
    std::thread::panicking()
}

/// A point in time at which a wait gives up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// The moment `timeout` from now. A timeout too long to be represented never comes.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }
}

/// A word that threads wait for.
pub(crate) struct Futex(atomic::AtomicU32);

impl Futex {
    pub(crate) const fn new(value: u32) -> Self {
        Self(atomic::AtomicU32::new(value))
    }

    /// Sleeps while the word has this value, until it is woken. Returns `false` at the deadline. May also return for no
    /// reason.
    pub(crate) fn wait_while(&self, value: u32, until: Option<Deadline>) -> bool {
        wait::wait(&self.0, value, until.and_then(|until| until.0))
    }

    /// Wakes at most so many of the threads that wait.
    #[cold]
    #[inline(never)]
    pub(crate) fn wake(&self, most: u32) {
        wait::wake(&self.0, most);
    }
}

impl std::ops::Deref for Futex {
    type Target = atomic::AtomicU32;

    #[inline(always)]
    fn deref(&self) -> &atomic::AtomicU32 {
        &self.0
    }
}

/// How models steer what the checker cannot decide. Here nothing is steered.
pub mod model_control {}

/// Cells whose accesses the model leaf tracks. Here they cost nothing.
pub(crate) mod cell {
    /// A cell that several threads may reach under a protocol that its owner states.
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    /// Shared access to the cell, from [`UnsafeCell::get`] until it is dropped.
    pub(crate) struct ConstPtr<T>(*const T);

    /// Exclusive access to the cell, from [`UnsafeCell::get_mut`] until it is dropped.
    pub(crate) struct MutPtr<T>(*mut T);

    impl<T> std::fmt::Debug for UnsafeCell<T> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("UnsafeCell(..)")
        }
    }

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        #[inline(always)]
        pub(crate) fn get(&self) -> ConstPtr<T> {
            ConstPtr(self.0.get())
        }

        #[inline(always)]
        pub(crate) fn get_mut(&self) -> MutPtr<T> {
            MutPtr(self.0.get())
        }
    }

    impl<T> ConstPtr<T> {
        /// # Safety
        /// No exclusive access to the cell may exist while the reference lives.
        #[inline(always)]
        pub(crate) unsafe fn deref(&self) -> &T {
            // SAFETY: the pointer comes from a live cell; the caller excludes exclusive access.
            unsafe { &*self.0 }
        }
    }

    impl<T> MutPtr<T> {
        /// # Safety
        /// No other access to the cell may exist while the reference lives.
        #[inline(always)]
        #[allow(clippy::mut_from_ref, reason = "the signature of loom's MutPtr")]
        pub(crate) unsafe fn deref(&self) -> &mut T {
            // SAFETY: the pointer comes from a live cell; the caller excludes every other access.
            unsafe { &mut *self.0 }
        }
    }
}

/// Declares a thread-local whose type has no destructor, so that it can still be used while the thread's other
/// thread-locals are being destroyed.
macro_rules! per_thread {
    ($(#[$doc:meta])* static $name:ident: $type:ty = $init:expr;) => {
        ::std::thread_local! { $(#[$doc])* static $name: $type = const { $init }; }
        const _: () = assert!(!::std::mem::needs_drop::<$type>());
    };
}
pub(crate) use per_thread;

/// What reports call this thread: its name and number.
#[cfg(feature = "lockdep")]
pub(crate) fn thread_name() -> String {
    format!("{} ({})", identity::thread_name(), thread_number())
}

/// How many shards a session has. More threads than that share some.
pub(crate) const fn shards() -> usize {
    8
}

/// How many wiped slots a shard keeps for its threads at the most.
pub(crate) const fn spares() -> usize {
    4
}

/// Which shard is that of this thread, modulo the number of shards.
#[inline]
pub(crate) fn shard_number() -> usize {
    static NEXT: atomic::AtomicUsize = atomic::AtomicUsize::new(0);
    per_thread! { static NUMBER: std::cell::Cell<usize> = std::cell::Cell::new(usize::MAX); }
    NUMBER.with(|number| {
        if number.get() == usize::MAX {
            number.set(NEXT.fetch_add(1, atomic::Ordering::Relaxed) & (usize::MAX >> 1));
        }
        number.get()
    })
}

/// The number of this thread: on Linux the kernel's.
#[inline]
pub(crate) fn thread_number() -> u32 {
    // And the process that it was asked in, because the thread of a forked child has another number than its parent.
    per_thread! { static NUMBER: std::cell::Cell<(u32, u32)> = std::cell::Cell::new((0, 0)); }
    let process = process_number();
    NUMBER.with(|known| {
        if known.get().0 != process {
            known.set((process, identity::thread_number()));
        }
        known.get().1
    })
}

/// Whether the thread of that number has not ended, as far as the system says.
pub(crate) fn has_thread(number: u32) -> bool {
    identity::has_thread(number)
}
