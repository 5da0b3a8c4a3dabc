//! Anything that a thread waits for and another thread brings about.

use crate::class::Kind;
use crate::mode::Wait;
use crate::place::Place;
use crate::tracker::Tracker;

/// Tells the checker of a wait that is no lock: a semaphore, a future, a reply, a process.
///
/// The waiting thread wraps its wait in [`wait`](Event::wait). The thread that ends the wait calls
/// [`notify`](Event::notify) just before it does so. If the notifying thread needed a lock that the waiting thread
/// holds, that is a deadlock.
///
/// A semaphore is an event if one thread gives a permit and another takes it. If the thread that takes the permit gives
/// it back, the permit is a [`Lock`](crate::Lock). Of several permits, a thread waits only when all are taken, which
/// neither can say.
///
/// ```
/// use memguard_lockdep::Event;
/// use std::sync::mpsc;
///
/// let (reply, received) = (Event::named("REPLY"), mpsc::channel());
/// let (sender, receiver) = received;
/// reply.notify();
/// sender.send(7).unwrap();
/// assert_eq!(reply.wait(|| receiver.recv().unwrap()), 7);
/// ```
#[derive(Debug)]
pub struct Event(pub(crate) Tracker);

impl Event {
    /// An event. Its class is the place of this call.
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "the place of a default would be that of no caller")]
    pub const fn new() -> Self {
        Self(Tracker::made_at(Kind::Event, Place::caller()))
    }

    /// An event of the class of this name.
    pub const fn named(name: &'static str) -> Self {
        Self(Tracker::named(Kind::Event, name))
    }

    /// Waits with `wait` until the event has come.
    #[track_caller]
    pub fn wait<R>(&self, wait: impl FnOnce() -> R) -> R {
        self.0.wait(Wait::Block, Place::caller(), wait)
    }

    /// Waits with `wait`, which ends at a timeout at the latest.
    #[track_caller]
    pub fn wait_timed<R>(&self, wait: impl FnOnce() -> R) -> R {
        self.0.wait(Wait::Timed, Place::caller(), wait)
    }

    /// To be called by the thread that brings the event about, just before it does.
    #[track_caller]
    pub fn notify(&self) {
        self.0.notify(Place::caller());
    }
}
