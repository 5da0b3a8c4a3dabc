//! What a checker offers to the programs.
//!
//! Every lock guards a number. What a tool does not offer it takes from [`plain`](crate::plain), and leaves out of
//! [`Tool::OFFERS`].

use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// What a program needs of a tool beyond mutexes and reader-writer locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Locks with a timeout.
    Timed,
    /// Subclasses.
    Nested,
    /// Readers that do not wait behind writers.
    Recursive,
    /// Readers that can become the writer.
    Upgradable,
    /// Writers that can become readers.
    Downgrade,
    /// Condition variables whose waits are seen.
    Condvar,
    /// Channels whose waits are seen.
    Channel,
    /// Barriers whose waits are seen.
    Barrier,
    /// Initialisation whose waits are seen.
    Once,
    /// Threads whose making and end are seen.
    Threads,
}

impl Need {
    /// Whether a tool can do without it: the program runs with what `std` has, which the tool does not see.
    pub fn has_fallback(self) -> bool {
        matches!(self, Need::Condvar | Need::Channel | Need::Barrier | Need::Once | Need::Threads)
    }
}

/// The locks of a checker.
pub trait Tool: Sized + 'static {
    /// What it is called in tables.
    const NAME: &'static str;
    /// What it offers.
    const OFFERS: &'static [Need];
    /// Whether the harness orders the threads of a bad program so that they do not meet. A tool that tries many
    /// schedules orders them itself.
    const IN_TURN: bool = true;

    /// A mutex.
    type Mutex: Send + Sync + 'static;
    /// Its guard.
    type Guard<'a>: DerefMut<Target = u32>;
    /// A reader-writer lock.
    type RwLock: Send + Sync + 'static;
    /// The guard of a reader.
    type Read<'a>: Deref<Target = u32>;
    /// The guard of the writer.
    type Write<'a>: DerefMut<Target = u32>;
    /// The guard of a reader that can become the writer.
    type Upgradable<'a>: Deref<Target = u32>;
    /// A condition variable.
    type Condvar: Send + Sync + 'static;
    /// Threads.
    type Threads: Threads;
    /// Channels.
    type Channels: Channels;
    /// Barriers.
    type Barriers: Barriers;
    /// Initialisation.
    type Onces: Onces;

    /// To be called before the program. From now on the tool calls [`found`](crate::harness::found) with what it finds.
    fn watch();
    /// To be called after the program, for what the tool did not tell by itself.
    fn finish() {}
    /// A number below `below`. In this run it is `here`.
    fn pick(below: u32, here: u32) -> u32 {
        here % below
    }

    /// Makes a mutex. Its class is the place of this call.
    #[track_caller]
    fn mutex() -> Self::Mutex;
    /// Takes a mutex.
    #[track_caller]
    fn lock(mutex: &Self::Mutex) -> Self::Guard<'_>;
    /// Takes a mutex if it is free.
    #[track_caller]
    fn try_lock(mutex: &Self::Mutex) -> Option<Self::Guard<'_>>;
    /// Takes a mutex if it is free in time.
    #[track_caller]
    fn lock_for(_: &Self::Mutex, _: Duration) -> Option<Self::Guard<'_>> {
        lacks::<Self>(Need::Timed)
    }
    /// Takes a mutex of a subclass.
    #[track_caller]
    fn lock_nested(_: &Self::Mutex, _: u32) -> Self::Guard<'_> {
        lacks::<Self>(Need::Nested)
    }

    /// Makes a reader-writer lock. Its class is the place of this call.
    #[track_caller]
    fn rwlock() -> Self::RwLock;
    /// Takes it as a reader.
    #[track_caller]
    fn read(lock: &Self::RwLock) -> Self::Read<'_>;
    /// Takes it as the writer.
    #[track_caller]
    fn write(lock: &Self::RwLock) -> Self::Write<'_>;
    /// Takes it as a reader, if that is possible at once.
    #[track_caller]
    fn try_read(lock: &Self::RwLock) -> Option<Self::Read<'_>>;
    /// Takes it as the writer, if that is possible at once.
    #[track_caller]
    fn try_write(lock: &Self::RwLock) -> Option<Self::Write<'_>>;
    /// Takes it as a reader, if that is possible in time.
    #[track_caller]
    fn read_for(_: &Self::RwLock, _: Duration) -> Option<Self::Read<'_>> {
        lacks::<Self>(Need::Timed)
    }
    /// Takes it as the writer, if that is possible in time.
    #[track_caller]
    fn write_for(_: &Self::RwLock, _: Duration) -> Option<Self::Write<'_>> {
        lacks::<Self>(Need::Timed)
    }
    /// Takes it as a reader that does not wait behind writers.
    #[track_caller]
    fn read_recursive(_: &Self::RwLock) -> Self::Read<'_> {
        lacks::<Self>(Need::Recursive)
    }
    /// Takes it as a reader that can become the writer.
    #[track_caller]
    fn upgradable(_: &Self::RwLock) -> Self::Upgradable<'_> {
        lacks::<Self>(Need::Upgradable)
    }
    /// Becomes the writer.
    #[track_caller]
    fn upgrade(_: Self::Upgradable<'_>) -> Self::Write<'_> {
        lacks::<Self>(Need::Upgradable)
    }
    /// Becomes a reader.
    #[track_caller]
    fn downgrade(_: Self::Write<'_>) -> Self::Read<'_> {
        lacks::<Self>(Need::Downgrade)
    }

    /// Makes a condition variable.
    #[track_caller]
    fn condvar() -> Self::Condvar;
    /// Waits for a notification. The mutex is free meanwhile.
    #[track_caller]
    fn wait<'a>(condvar: &Self::Condvar, guard: Self::Guard<'a>) -> Self::Guard<'a>;
    /// Waits for notifications as long as the condition holds.
    #[track_caller]
    fn wait_while<'a>(
        condvar: &Self::Condvar,
        mut guard: Self::Guard<'a>,
        condition: impl Fn(u32) -> bool,
    ) -> Self::Guard<'a> {
        while condition(*guard) {
            guard = Self::wait(condvar, guard);
        }
        guard
    }
    /// Waits for a notification until a timeout.
    #[track_caller]
    fn wait_for<'a>(condvar: &Self::Condvar, guard: Self::Guard<'a>, timeout: Duration) -> Self::Guard<'a>;
    /// Wakes the threads that wait.
    #[track_caller]
    fn notify_all(condvar: &Self::Condvar);
}

fn lacks<T: Tool>(what: Need) -> ! {
    unreachable!("{} has no {what:?}; the harness does not run such a program", T::NAME)
}

/// What a thread runs.
pub type Task<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Threads.
pub trait Threads {
    /// A thread to be joined.
    type Handle: Send + 'static;
    /// Makes a thread.
    #[track_caller]
    fn spawn(run: impl FnOnce() + Send + 'static) -> Self::Handle;
    /// Waits until it has ended.
    #[track_caller]
    fn join(handle: Self::Handle);
    /// Makes the threads, then runs `then`, then waits until the threads have ended.
    #[track_caller]
    fn scope<'a>(threads: Vec<Task<'a>>, then: impl FnOnce());
}

/// Channels for numbers.
pub trait Channels {
    /// The end that sends.
    type Sender: Clone + Send + 'static;
    /// The end that sends into a channel with a bound.
    type BoundSender: Clone + Send + 'static;
    /// The end that receives.
    type Receiver: Send + 'static;
    /// A channel.
    #[track_caller]
    fn channel() -> (Self::Sender, Self::Receiver);
    /// A channel that holds this many numbers.
    #[track_caller]
    fn bounded(bound: usize) -> (Self::BoundSender, Self::Receiver);
    /// Sends. Does nothing if nobody can receive.
    #[track_caller]
    fn send(sender: &Self::Sender, number: u32);
    /// Sends, once there is room. Does nothing if nobody can receive.
    #[track_caller]
    fn send_bounded(sender: &Self::BoundSender, number: u32);
    /// Waits for a number. None once nobody can send.
    #[track_caller]
    fn receive(receiver: &Self::Receiver) -> Option<u32>;
    /// Takes a number if there is one.
    #[track_caller]
    fn try_receive(receiver: &Self::Receiver) -> Option<u32>;
}

/// Barriers.
pub trait Barriers {
    /// A barrier.
    type Barrier: Send + Sync + 'static;
    /// A barrier for this many threads.
    #[track_caller]
    fn barrier(threads: usize) -> Self::Barrier;
    /// Waits for the others.
    #[track_caller]
    fn meet(barrier: &Self::Barrier);
}

/// Initialisation that happens once.
pub trait Onces {
    /// Something to be initialised.
    type Once: Send + Sync + 'static;
    /// Something that is not initialised yet.
    #[track_caller]
    fn once() -> Self::Once;
    /// Initialises it, or waits until another thread has.
    #[track_caller]
    fn call_once(once: &Self::Once, initialise: impl FnOnce());
    /// Whether it is initialised. Does not wait.
    fn is_initialised(once: &Self::Once) -> bool;
}
