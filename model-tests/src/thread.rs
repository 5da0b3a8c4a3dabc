//! Threads of a model.

pub use loom::thread::JoinHandle;

/// In words. loom's own default of 32 KiB is less than what the library overwrites of the stack after each use of a key, and
/// less than a panic message with a backtrace needs.
const STACK_WORDS: usize = 256 * 1024 / size_of::<usize>();

/// Starts a thread of the model. A model can have four: loom allows five, and the harness runs the model in one of its own.
///
/// # Panics
/// If there are more.
pub fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    loom::thread::Builder::new().stack_size(STACK_WORDS).spawn(body).expect("loom refused a thread")
}
