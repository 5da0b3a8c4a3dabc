//! The leaf that models run on: a model checker, loom or shuttle, sees every step of every lock.
//!
//! **Why not `loom::sync::Mutex`.** Its `try_lock` hides contention. loom blocks a thread that is about to try as if it
//! were about to wait, and a release is no step of its own. So neither of two threads that try one mutex ever sees it
//! taken. Here the lock is the one that ships, over atomics of the checker: each step that it makes on its word is a
//! step that the checker permutes. Only [`Futex`] is made anew. `model-tests/tests/meta` compares the outcomes explored
//! by loom with a brute-force enumeration.
//!
//! The checkers have no clock. A timed acquisition is modelled in one of two modes ([`model_control::Timed`]). In the
//! strict mode it waits for ever, so the checker reports a deadlock that a timeout would hide. In the expiring mode it
//! gives up if no wake comes first. A simulated run on shuttle has a clock of its own: [`model_control::clock`].
//!
//! What differs between the two checkers is one file each, with the same names.

#[cfg(shuttle)]
mod head;
#[cfg(loom)]
mod on_loom;
#[cfg(shuttle)]
mod on_shuttle;
#[cfg(shuttle)]
pub mod simulated_clock;

#[cfg(loom)]
use on_loom as checker;
#[cfg(loom)]
use on_loom::Moment;
#[cfg(shuttle)]
use on_shuttle as checker;
#[cfg(shuttle)]
use simulated_clock::Moment;

use super::wish::Wish;
use atomic::Ordering;
use checker::Sleeper;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

pub use checker::atomic;
pub(crate) use checker::{cell, per_thread};
#[cfg(shuttle)]
pub(crate) use head::Head;
pub(crate) use model_control::{process_number, shard_number, shards, spares};

/// A lock of a model lives in one execution.
pub(crate) const HAS_STATICS: bool = false;

/// One round, so that entering without a wait is modelled too. More would only repeat executions.
pub(crate) const BACKOFF_ROUNDS: u32 = 1;

/// None: the first look and the look before the sleep are modelled, and more would only repeat executions.
pub(crate) const SPIN_ROUNDS: u32 = 0;

/// A delay changes nothing where every order is explored. `yield_now` would hide orders: the checker would then run
/// another thread first, and never explore that this thread goes on.
pub(crate) fn backoff(_round: u32) {}

/// How models steer what the checker cannot decide.
pub mod model_control {
    use super::per_thread;
    use std::cell::Cell;

    #[cfg(shuttle)]
    pub use super::simulated_clock as clock;

    // Exhaustive: `sync` is exempt from semantic versioning.
    /// What a timed acquisition does when it would have to wait.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Timed {
        /// Waits for ever: the checker reports the deadlock that a timeout would hide.
        Strict,
        /// Times out unless it is woken first: the fallback paths are explored.
        Expires,
    }

    // The checkers run all threads of a model on one thread of the system, so these are per model.
    std::thread_local! {
        static TIMED: Cell<Timed> = const { Cell::new(Timed::Strict) };
        static SHARDS: Cell<(usize, usize)> = const { Cell::new((1, 0)) };
        static NEXT_SHARD: Cell<usize> = const { Cell::new(0) };
        static FINE: Cell<bool> = const { Cell::new(false) };
        static PANIC_EXPECTED: Cell<bool> = const { Cell::new(false) };
        /// Which thread of the model unwinds. See [`panicking`](super::panicking).
        static UNWINDS: Cell<Option<u32>> = const { Cell::new(None) };
    }

    // And these are per thread of the model.
    per_thread! { static TIMED_HERE: Cell<Option<Timed>> = Cell::new(None); }
    per_thread! { static PROCESS: Cell<u32> = Cell::new(FIRST_PROCESS); }

    const FIRST_PROCESS: u32 = 1;

    /// The calling thread of a model becomes the one thread of a forked child, which inherits everything as it is. In
    /// the model the memory stays shared, so the model shows what the child wrongly waits for or changes.
    pub fn fork() {
        PROCESS.with(|process| process.set(process.get() + 1));
    }

    /// The number of the process that the calling thread of the model is in.
    pub(crate) fn process_number() -> u32 {
        PROCESS.with(Cell::get)
    }

    /// Sets the mode of the models that run on this thread from now on.
    pub fn set_timed(mode: Timed) {
        TIMED.set(mode);
    }

    /// Sets the mode of the calling thread of a model, so that one waiter gives up while another waits on.
    pub fn set_timed_here(mode: Timed) {
        TIMED_HERE.with(|here| here.set(Some(mode)));
    }

    pub(super) fn expires() -> bool {
        TIMED_HERE.with(Cell::get).unwrap_or(TIMED.get()) == Timed::Expires
    }

    /// Makes the look before a sleep, a wake and the end of a wait that expires steps of their own, in the models that
    /// run on this thread from now on.
    ///
    /// It multiplies the executions, so only small models of the locks themselves ask for it. They show that it makes
    /// no difference to who gets a lock. All other models may then leave it out: there, each of the three is part of
    /// the step before it.
    pub fn set_fine(fine: bool) {
        FINE.set(fine);
    }

    /// Gives each session that is built from now on so many shards, and each shard so many spare slots, in the models
    /// that run on this thread. The next thread that asks gets the first shard. So a model calls it first of all, in
    /// each execution. Without it there is one shard and no spare slot, because all threads of most models are to meet.
    pub fn set_shards(shards: usize, spares: usize) {
        SHARDS.set((shards, spares));
        NEXT_SHARD.set(0);
    }

    pub(crate) fn shards() -> usize {
        SHARDS.get().0
    }

    pub(crate) fn spares() -> usize {
        SHARDS.get().1
    }

    /// The next thread has the next shard.
    pub(crate) fn shard_number() -> usize {
        per_thread! { static NUMBER: usize = NEXT_SHARD.replace(NEXT_SHARD.get() + 1); }
        NUMBER.with(|number| *number)
    }

    pub(super) fn is_fine() -> bool {
        FINE.get()
    }

    /// Tells the guards that a panic is part of the model, so that they release as usual while it unwinds. Without
    /// this, a panic means that the execution is given up, and a guard may touch nothing of the checker any more.
    ///
    /// Call it with `false` when a panic turns out not to be part of the model, such as a deadlock or a failed
    /// assertion.
    pub fn expect_panics(expected: bool) {
        PANIC_EXPECTED.set(expected);
        nobody_unwinds();
    }

    pub(super) fn panic_is_expected() -> bool {
        PANIC_EXPECTED.get()
    }

    /// The thread of the model that unwinds: `here`, if none is known to.
    pub(super) fn unwinding_thread(here: u32) -> u32 {
        let thread = UNWINDS.get().unwrap_or(here);
        UNWINDS.set(Some(thread));
        thread
    }

    pub(super) fn nobody_unwinds() {
        UNWINDS.set(None);
    }
}

/// Whether this thread of the model unwinds from a panic.
///
/// The standard library counts panics for each thread of the system, and all threads of a model run on one. But a panic
/// begins between two steps of the checker, so the first guard that asks is one of the thread that panicked. One thread
/// at a time: models in which two panic at once are not supported.
pub(crate) fn panicking() -> bool {
    if !std::thread::panicking() {
        model_control::nobody_unwinds();
        return false;
    }
    let here = thread_number();
    model_control::unwinding_thread(here) == here
}

/// Whether this execution is given up: its threads are unwound, and a guard that touched the checker then would abort
/// (loom) or run other threads in the middle of the unwinding (shuttle).
pub(crate) fn abandoned() -> bool {
    if std::thread::panicking() && !model_control::panic_is_expected() {
        return true;
    }
    panicking();
    false
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    expires: bool,
    /// When it is, if the run has a clock.
    moment: Option<Moment>,
}

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self { expires: model_control::expires(), moment: Moment::after(timeout) }
    }
}

/// A word that threads of the model wait for, as the system's threads do.
///
/// The look before a sleep, a wake, and the end of a wait that expires are part of the step before them, or steps of
/// their own: see [`model_control::set_fine`].
pub(crate) struct Futex {
    word: atomic::AtomicU32,
    /// The newest value of the word. The next two are changed only between two steps, so to the model each change is
    /// part of the step before it.
    now: Cell<u32>,
    /// The threads that wait, in order.
    asleep: RefCell<VecDeque<Sleeper>>,
}

// SAFETY: the checkers run all threads of a model on one thread of the system and switch between them only at their own
// steps, of which there is none inside a borrow.
unsafe impl Sync for Futex {}
// SAFETY: as above: the system's thread never changes.
unsafe impl Send for Futex {}

impl Futex {
    pub(crate) fn new(value: u32) -> Self {
        Self { word: atomic::AtomicU32::new(value), now: Cell::new(value), asleep: RefCell::default() }
    }

    pub(crate) fn load(&self, order: Ordering) -> u32 {
        self.word.load(order)
    }

    pub(crate) fn swap(&self, new: u32, order: Ordering) -> u32 {
        let before = self.word.swap(new, order);
        self.now.set(new);
        before
    }

    pub(crate) fn fetch_add(&self, more: u32, order: Ordering) -> u32 {
        let before = self.word.fetch_add(more, order);
        self.now.set(before.wrapping_add(more));
        before
    }

    pub(crate) fn compare_exchange(&self, old: u32, new: u32, taken: Ordering, not: Ordering) -> Result<u32, u32> {
        let before = self.word.compare_exchange(old, new, taken, not)?;
        self.now.set(new);
        Ok(before)
    }

    pub(crate) fn wait_while(&self, value: u32, until: Option<Deadline>) -> bool {
        self.step_if_fine();
        if self.now.get() != value {
            return true;
        }
        let sleeper = Sleeper::here();
        self.asleep.borrow_mut().push_back(sleeper.clone());
        if until.is_some_and(|until| until.expires) {
            self.step_if_fine();
            let mut asleep = self.asleep.borrow_mut();
            if let Some(at) = asleep.iter().position(|other| *other == sleeper) {
                asleep.remove(at);
                return false;
            }
            // Woken first. The sleep below ends at once.
        }
        let Some(moment) = until.and_then(|until| until.moment) else {
            sleeper.sleep();
            return true;
        };
        moment.sleep(sleeper.clone());
        // Who is still in line was not woken, so the moment has come.
        let mut asleep = self.asleep.borrow_mut();
        let waiting = asleep.len();
        asleep.retain(|other| *other != sleeper);
        asleep.len() == waiting
    }

    pub(crate) fn wake(&self, most: u32) {
        self.step_if_fine();
        let mut asleep = self.asleep.borrow_mut();
        let woken = asleep.len().min(most.try_into().unwrap_or(usize::MAX));
        asleep.drain(..woken).for_each(Sleeper::wake);
    }

    /// A step that changes nothing. A read-modify-write, so that the checker permutes it with all other steps.
    fn step_if_fine(&self) {
        if model_control::is_fine() {
            self.word.fetch_or(0, Ordering::Relaxed);
        }
    }
}

#[cfg(feature = "lockdep")]
pub(crate) fn thread_name() -> String {
    format!("model thread {}", thread_number())
}

pub(crate) fn thread_number() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    per_thread! { static NUMBER: u32 = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed); }
    NUMBER.with(|number| *number)
}

/// A thread of a model that leaks a guard is not told from one that lives.
pub(crate) fn has_thread(_number: u32) -> bool {
    true
}

/// A thread of the model that visits once, or comes when the visits have ended. There is no time: the checker explores
/// every moment at which the visit can come, and more visits would only repeat that. Each caller gets a thread of its
/// own, because a thread of the model lives in one execution, and a static in all of them.
pub(crate) fn visit_at_interval(
    _: &str,
    _: Duration,
    _: Arc<Wish>,
    visit: impl Fn(bool) + Send + 'static,
) -> std::io::Result<()> {
    checker::spawn(move || visit(true)).map(drop)
}

pub(crate) fn end_visits(wish: &Wish) {
    wish.end();
}
