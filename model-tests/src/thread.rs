//! Threads of a model.

pub use loom::thread::JoinHandle;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// In words. loom's default of 32 KiB is too small: the library overwrites more of the stack after each use of a key,
/// and a panic message with a backtrace needs more.
const STACK_WORDS: usize = 256 * 1024 / size_of::<usize>();

/// The number of the next thread of this execution. Outside loom, because it is only a name.
static NEXT: AtomicI32 = AtomicI32::new(0);

// A thread that the library starts keeps -1.
loom::thread_local! { static NUMBER: Cell<i32> = Cell::new(-1); }

/// Starts a thread of the model. A model can start three: loom allows five, and the harness runs the model in one of
/// them.
///
/// # Panics
/// If there are more.
pub fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let named = move || {
        NUMBER.with(|here| here.set(number));
        body()
    };
    loom::thread::Builder::new().stack_size(STACK_WORDS).spawn(named).expect("a model can start three threads")
}

/// Starts a thread of the model that has a handle of its own to what is shared.
///
/// # Panics
/// As [`spawn`].
pub fn spawn_with<S, T>(shared: &Arc<S>, body: impl FnOnce(Arc<S>) -> T + Send + 'static) -> JoinHandle<T>
where
    S: Send + Sync + 'static,
    T: Send + 'static,
{
    let shared = Arc::clone(shared);
    spawn(move || body(shared))
}

/// Starts the main thread of a model's next execution, which has number 0.
pub(crate) fn spawn_first(body: impl FnOnce() + Send + 'static) {
    NEXT.store(0, Ordering::Relaxed);
    // Not joined: loom's first thread has nothing more to do, and a join would add a step to permute.
    drop(spawn(body));
}

/// The number of this thread: 0 for the model's main thread, then in the order of start, and -1 for the library's
/// threads.
pub(crate) fn here() -> i32 {
    NUMBER.with(Cell::get)
}
