//! A lock that the program makes itself.

use crate::class::Kind;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::tracker::{Asleep, Taken, Tracker};

/// Tells the checker of a lock that is none of this crate's: one of the program's own, of another library, of another
/// process.
///
/// The owner of the lock calls [`ask`](Lock::ask) before it waits, [`Asked::taken`] when it has the lock, and
/// [`Held::release`] before it gives it back. The place in reports is that of the call of `ask`; a wrapper with the
/// attribute `track_caller` passes on its own caller's.
///
/// ```
/// use memguard_lockdep::{Lock, Mode, Wait};
///
/// let file = Lock::named("DATABASE FILE");
/// let asked = file.ask(Mode::Shared, Wait::Block);
/// // flock(fd, LOCK_SH)
/// let held = asked.taken();
/// // ...
/// held.release();
/// ```
#[derive(Debug)]
pub struct Lock(Tracker);

impl Lock {
    /// A lock. Its class is the place of this call.
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "the place of a default would be that of no caller")]
    pub const fn new() -> Self {
        Self(Tracker::made_at(Kind::Lock, Place::caller()))
    }

    /// A lock of the class of this name.
    pub const fn named(name: &'static str) -> Self {
        Self(Tracker::named(Kind::Lock, name))
    }

    /// This thread is going to ask for the lock. `wait` says whether it waits if the lock is not free.
    #[inline]
    #[track_caller]
    pub fn ask(&self, mode: Mode, wait: Wait) -> Asked<'_> {
        let place = Place::caller();
        if mode == Mode::Exclusive && wait == Wait::Block {
            self.0.writes(place);
        }
        self.0.ask(mode, wait, place);
        Asked { lock: &self.0, mode, place }
    }

    /// This thread has taken the lock without a wait. The same as to [`ask`](Lock::ask) with [`Wait::Try`] and to take.
    #[inline]
    #[track_caller]
    pub fn taken(&self, mode: Mode) -> Held {
        Held(self.0.taken(mode, Place::caller()))
    }
}

/// A [`Lock`] that was asked for.
///
/// ```
/// use memguard_lockdep::{Lock, Mode, Wait};
/// let lock = Lock::new();
/// let asked = lock.ask(Mode::Exclusive, Wait::Timed);
/// let asleep = asked.sleep();
/// // a wait of the program's own
/// drop(asleep);
/// asked.given_up();
/// ```
#[derive(Debug)]
pub struct Asked<'l> {
    lock: &'l Tracker,
    mode: Mode,
    place: Place,
}

impl Asked<'_> {
    /// This thread goes to sleep for the lock. It is awake again when the value returned is dropped.
    pub fn sleep(&self) -> Sleep {
        Sleep(self.lock.sleep(self.mode, self.place))
    }

    /// This thread has taken the lock.
    #[inline]
    pub fn taken(self) -> Held {
        Held(self.lock.taken(self.mode, self.place))
    }

    /// This thread does not get the lock. Only statistics need to know.
    #[inline]
    pub fn given_up(self) {
        self.lock.given_up(self.mode, self.place);
    }
}

/// A [`Lock`] that was taken. Dropped without a release, it stays held.
///
/// ```
/// use memguard_lockdep::{Lock, Mode};
/// let lock = Lock::new();
/// let held = lock.taken(Mode::Exclusive);
/// held.release();
/// assert!(memguard_lockdep::held().is_empty());
/// ```
#[derive(Debug)]
#[must_use = "the lock stays held until it is released"]
pub struct Held(Taken);

impl Held {
    /// This thread is going to release the lock.
    #[inline]
    pub fn release(self) {
        self.0.release();
    }
}

/// A thread asleep for a [`Lock`].
///
/// ```
/// use memguard_lockdep::{Lock, Mode, Wait};
/// let lock = Lock::new();
/// let asleep = lock.ask(Mode::Exclusive, Wait::Block).sleep();
/// // a wait of the program's own
/// drop(asleep);
/// ```
#[derive(Debug)]
#[must_use = "the thread counts as awake when this is dropped"]
pub struct Sleep(Asleep);

impl Drop for Sleep {
    fn drop(&mut self) {
        self.0.wake();
    }
}
