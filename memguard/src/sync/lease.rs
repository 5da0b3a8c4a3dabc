//! The lease: the lock of class ACCESS. It counts the threads inside a buffer, and decides which thread wipes it.
//!
//! All of its state is one word, so that one look sees both "destroyed" and "in use":
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `DOOMED` | destroyed; no access starts any more. Never cleared |
//! | 1 | `WRITER` | one writer is inside |
//! | 2 | `PARKED` | threads sleep in the queue; the thread that leaves last, dooms or gives up wakes them |
//! | 3 | `WRITER_WAITS` | a writer sleeps; new outermost readers queue behind it instead of starving it |
//! | 4.. | readers | how many readers are inside |
//!
//! The thread that makes the word "doomed, and no thread inside" wipes: [`Lease::doom`] if no thread was inside, else
//! the last [`Lease::leave`]. That step happens once, because no thread enters a doomed buffer.

use super::condvar::Condvar;
use super::held;
use super::holder::{Holder, LastHolder, Noted};
use super::hooks;
use super::leaf::{self, Deadline, atomic::AtomicUsize, atomic::Ordering};
use super::mutex::{Mutex, MutexGuard, Poisoned};
use super::order::Class;
use super::outcome::{Kind, Mode, Outcome};
use super::serial;
use super::site::Site;
use std::num::NonZero;
use std::time::Duration;

const DOOMED: usize = 1;
const WRITER: usize = 1 << 1;
const PARKED: usize = 1 << 2;
const WRITER_WAITS: usize = 1 << 3;
const READER: usize = 1 << 4;
const INSIDE: usize = WRITER | !(READER - 1);

/// A readers-writer lock that can be doomed. Its owner decides what it protects.
#[derive(Debug)]
pub(crate) struct Lease {
    word: AtomicUsize,
    /// The place in the order in which several leases are waited for.
    number: u64,
    last_holder: LastHolder,
    queue: Mutex<Queue>,
    wake: Condvar,
    dep: hooks::Lock,
}

/// What the sleeping threads share. Its lock also orders going to sleep against being woken.
#[derive(Debug, Default)]
struct Queue {
    waiting_writers: usize,
}

/// Why a lease was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Destroyed.
    Doomed,
    /// This thread is inside already, in a way that excludes this access until it leaves.
    Reentrant,
    /// Another thread is inside, and this thread must not wait because it holds another lease.
    WouldDeadlock(Option<Holder>),
    /// Another thread is inside, and the caller asked not to wait.
    WouldBlock(Option<Holder>),
    /// Another thread stayed inside for the whole timeout.
    TimedOut(Option<Holder>),
    /// There is no memory, of this many bytes, to note one more lease of this thread.
    NoMemory(usize),
}

/// What dooming found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doom {
    /// No thread is inside: the caller wipes.
    Wipe,
    /// A thread is inside: the last one to leave wipes.
    HandedOver,
    /// It was doomed before.
    Already,
}

/// How long acquisitions wait. The clock starts with the first wait and runs through all acquisitions that share this
/// value.
#[derive(Debug)]
pub(crate) struct Patience {
    timeout: Duration,
    deadline: Option<Deadline>,
}

impl Patience {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, deadline: None }
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    fn deadline(&mut self) -> Deadline {
        *self.deadline.get_or_insert_with(|| Deadline::after(self.timeout))
    }
}

/// Proof that this thread is inside. Give it back to [`Lease::leave`].
///
/// Every access moves it through a few functions, so all it says is in one word.
#[derive(Debug)]
#[must_use]
pub(crate) struct Entered {
    /// What was noted of the holder. The sign says that this thread is alone inside, and the bit below it is always
    /// set.
    how: NonZero<u64>,
    ticket: hooks::Ticket,
}

const ALONE: u64 = 1 << 63;
const ENTERED: NonZero<u64> = NonZero::new(1 << 62).unwrap();

impl Entered {
    fn new(mode: Mode, noted: Noted, ticket: hooks::Ticket) -> Self {
        let alone = if mode == Mode::Exclusive { ALONE } else { 0 };
        Self { how: ENTERED | noted.0 | alone, ticket }
    }

    fn mode(&self) -> Mode {
        if self.how.get() & ALONE == 0 { Mode::Shared } else { Mode::Exclusive }
    }

    fn noted(&self) -> Noted {
        Noted(self.how.get() & !(ALONE | ENTERED.get()))
    }
}

impl Lease {
    pub(crate) fn new() -> Self {
        let number = serial::next();
        Self {
            word: AtomicUsize::new(0),
            number,
            last_holder: LastHolder::default(),
            queue: Mutex::new(Class::Buffer, Queue::default()),
            wake: Condvar::new(),
            dep: hooks::numbered(Class::Access, number),
        }
    }

    /// The place in the order in which several leases are waited for.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Enters, as `site` says. A thread that is not `nested` waits while `patience` lasts. A nested thread tries, with
    /// a bounded back-off.
    ///
    /// A thread that holds any lease is nested, with one exception: it holds only leases of lower numbers, and `site`
    /// and the sites at which it took them are of the kind [`Kind::Ordered`]. lockdep checks that.
    #[inline(always)]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(crate) fn enter(
        &self,
        mode: Mode,
        site: Site,
        nested: bool,
        patience: &mut Patience,
    ) -> Result<Entered, Refusal> {
        let may_wait = matches!(site.kind(), Kind::Lease | Kind::Ordered);
        let waits = !nested && may_wait;
        let held = if nested { held::mode_of(self.address()) } else { None };
        held::push(self.address(), mode).map_err(Refusal::NoMemory)?;
        let wanted = hooks::want(&self.dep, site, mode, waits);
        let entered = match (held, mode) {
            (Some(Mode::Exclusive), _) | (Some(_), Mode::Exclusive) => {
                Err(if self.is_doomed() { Refusal::Doomed } else { Refusal::Reentrant })
            }
            _ => match self.try_enter(mode, nested) {
                Ok(()) => Ok(Outcome::Acquired),
                Err(Refusal::WouldBlock(_)) if waits => self.enter_waiting(mode, patience, &wanted),
                Err(Refusal::WouldBlock(_)) if may_wait => self.enter_nested(mode),
                Err(refusal) => Err(refusal),
            },
        };
        match entered {
            Ok(outcome) => {
                let noted = match mode {
                    Mode::Exclusive => self.last_holder.note(site),
                    Mode::Shared => self.last_holder.note_first(site),
                };
                Ok(Entered::new(mode, noted, wanted.granted(outcome)))
            }
            Err(refusal) => {
                self.refused(mode, wanted, refusal);
                Err(refusal)
            }
        }
    }

    #[cold]
    fn refused(&self, mode: Mode, wanted: hooks::Wanted, refusal: Refusal) {
        drop(held::pop(self.address(), mode));
        wanted.refused(match refusal {
            Refusal::TimedOut(_) => Outcome::TimedOut,
            Refusal::Doomed => Outcome::Destroyed,
            _ => Outcome::WouldBlock,
        });
    }

    /// Leaves. Returns whether the caller was the last one inside a doomed lease and therefore wipes.
    #[inline]
    #[must_use]
    pub(crate) fn leave(&self, mut entered: Entered) -> bool {
        let mode = entered.mode();
        let _freed_last = held::pop(self.address(), mode);
        self.last_holder.forget(entered.noted());
        entered.ticket.release();
        let before = match mode {
            Mode::Shared => self.word.fetch_sub(READER, Ordering::AcqRel),
            Mode::Exclusive => self.word.fetch_and(!WRITER, Ordering::AcqRel),
        };
        let last = match mode {
            Mode::Shared => before & INSIDE == READER,
            Mode::Exclusive => true,
        };
        if last && before & PARKED != 0 {
            self.wake_all(self.queue(Site::LeaseWake));
        }
        last && before & DOOMED != 0
    }

    /// Leaves and wakes no thread: the lease was inherited from a parent process, and its waiters are not here.
    pub(crate) fn leave_behind(&self, mut entered: Entered) {
        let _freed_last = held::pop(self.address(), entered.mode());
        entered.ticket.release();
    }

    /// Ends the lease: no thread enters any more.
    pub(crate) fn doom(&self) -> Doom {
        let doom = self.doom_quietly();
        self.wake_refused();
        doom
    }

    /// Like [`doom`](Self::doom), but takes no lock, so the caller may hold one. The caller must call
    /// [`wake_refused`](Self::wake_refused) afterwards.
    pub(crate) fn doom_quietly(&self) -> Doom {
        match self.word.fetch_or(DOOMED, Ordering::AcqRel) {
            before if before & DOOMED != 0 => Doom::Already,
            before if before & INSIDE != 0 => Doom::HandedOver,
            _ => Doom::Wipe,
        }
    }

    /// Wakes the threads that sleep for a lease that is doomed by now. No thread goes to sleep for it any more.
    pub(crate) fn wake_refused(&self) {
        if self.word.load(Ordering::Relaxed) & PARKED != 0 {
            self.wake_all(self.queue(Site::LeaseWake));
        }
    }

    /// Whether it is doomed: no thread may enter any more.
    pub(crate) fn is_doomed(&self) -> bool {
        self.word.load(Ordering::Acquire) & DOOMED != 0
    }

    /// Whether a thread is inside. Only a doomed lease, which no thread enters, keeps the answer.
    pub(crate) fn is_in_use(&self) -> bool {
        self.word.load(Ordering::Acquire) & INSIDE != 0
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// One attempt. `barge` ignores a waiting writer. A thread that already holds a lease must barge, because the
    /// writer may be waiting for that very thread.
    #[inline]
    fn try_enter(&self, mode: Mode, barge: bool) -> Result<(), Refusal> {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & DOOMED != 0 {
                return Err(Refusal::Doomed);
            }
            let (excluded_by, entered) = match mode {
                Mode::Shared if barge => (WRITER, word.checked_add(READER)),
                Mode::Shared => (WRITER | WRITER_WAITS, word.checked_add(READER)),
                Mode::Exclusive => (INSIDE, Some(word | WRITER)),
            };
            // A count of readers that wrapped would let a writer in. With 32 bits, leaked guards can fill it.
            let Some(entered) = entered.filter(|_| word & excluded_by == 0) else {
                return Err(Refusal::WouldBlock(self.last_holder.get()));
            };
            match self.word.compare_exchange_weak(word, entered, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => word = now,
            }
        }
    }

    /// Tries again for a moment, after one attempt was refused.
    #[allow(clippy::reversed_empty_ranges, reason = "models do not try again")]
    fn retry(&self, mode: Mode, barge: bool) -> Result<Outcome, Refusal> {
        leaf::backoff(0);
        for round in 1..leaf::BACKOFF_ROUNDS {
            match self.try_enter(mode, barge) {
                Err(Refusal::WouldBlock(_)) => leaf::backoff(round),
                result => return result.map(|()| Outcome::Acquired),
            }
        }
        Err(Refusal::WouldBlock(None))
    }

    #[cold]
    fn enter_nested(&self, mode: Mode) -> Result<Outcome, Refusal> {
        match self.retry(mode, true) {
            Err(Refusal::WouldBlock(_)) => {}
            result => return result,
        }
        match self.try_enter(mode, true) {
            Ok(()) => Ok(Outcome::Acquired),
            Err(Refusal::WouldBlock(holder)) => Err(Refusal::WouldDeadlock(holder)),
            Err(refusal) => Err(refusal),
        }
    }

    #[cold]
    fn enter_waiting(&self, mode: Mode, patience: &mut Patience, wanted: &hooks::Wanted) -> Result<Outcome, Refusal> {
        match self.retry(mode, false) {
            Err(Refusal::WouldBlock(_)) => {}
            result => return result,
        }
        let _waiting = wanted.wait();
        let deadline = patience.deadline();
        let mut queue = self.queue(Site::LeaseWait);
        if mode == Mode::Exclusive {
            queue.waiting_writers += 1;
            self.word.fetch_or(WRITER_WAITS, Ordering::Relaxed);
        }
        let outcome = self.sleep_until_entered(mode, deadline, &mut queue);
        if mode == Mode::Exclusive {
            queue.waiting_writers -= 1;
            if queue.waiting_writers == 0 {
                self.word.fetch_and(!WRITER_WAITS, Ordering::Relaxed);
                if outcome.is_err() {
                    // Readers may be asleep for no other reason than that this writer was waiting.
                    self.wake_all(queue);
                }
            }
        }
        outcome
    }

    fn sleep_until_entered(
        &self,
        mode: Mode,
        deadline: Deadline,
        queue: &mut MutexGuard<'_, Queue>,
    ) -> Result<Outcome, Refusal> {
        let mut timed_out = false;
        loop {
            match self.try_enter(mode, false) {
                Ok(()) => return Ok(Outcome::Contended),
                Err(Refusal::WouldBlock(holder)) if timed_out => return Err(Refusal::TimedOut(holder)),
                Err(Refusal::WouldBlock(_)) => {}
                Err(refusal) => return Err(refusal),
            }
            if self.announce_sleep(mode) {
                // All waiters of a lease wait with its one queue, so none is refused.
                timed_out = self.wake.wait_until(queue, Some(deadline)).unwrap_or(true);
            }
        }
    }

    /// Sets `PARKED`, in one step with a look at the reason to sleep. So a thread that removes the reason later sees
    /// the bit. Returns `false` if the reason is gone.
    fn announce_sleep(&self, mode: Mode) -> bool {
        let excluded_by = match mode {
            Mode::Shared => WRITER | WRITER_WAITS,
            Mode::Exclusive => INSIDE,
        };
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & DOOMED != 0 || word & excluded_by == 0 {
                return false;
            }
            match self.word.compare_exchange_weak(word, word | PARKED, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
    }

    #[cold]
    fn wake_all(&self, queue: MutexGuard<'_, Queue>) {
        self.word.fetch_and(!PARKED, Ordering::Relaxed);
        self.wake.notify_all_behind(queue);
    }

    /// A panic cannot leave the queue wrong: its one counter is changed by code that does not panic.
    fn queue(&self, site: Site) -> MutexGuard<'_, Queue> {
        self.queue.lock(site).unwrap_or_else(Poisoned::into_inner)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{INSIDE, Lease, Mode, Ordering, READER, Refusal, WRITER};

    #[test]
    fn one_reader_too_many_is_refused() {
        let lease = Lease::new();
        let all = INSIDE & !WRITER;
        lease.word.store(all - READER, Ordering::Relaxed);
        assert_eq!(lease.try_enter(Mode::Shared, false), Ok(()));
        for barge in [false, true] {
            assert!(matches!(lease.try_enter(Mode::Shared, barge), Err(Refusal::WouldBlock(_))));
        }
        assert_eq!(lease.word.load(Ordering::Relaxed), all);
        lease.word.store(0, Ordering::Relaxed);
    }
}
