//! Locks that a thread holds while others work under it.
//!
//! A thread that holds a lock can make another thread, or ask one, and release the lock only when that one is done.
//! Then all that the other one did in between lies inside the critical section, in every schedule. So the lock is a
//! gate for it, as if it held the lock itself: it was *lent* the lock.
//!
//! Two facts make a step lie inside. Both are those of [`messages`](crate::messages) and of joins, so they hold in
//! every schedule:
//!
//! - It **begins after the lock was taken**: the holder made the thread, or the thread has a message of the holder
//!   that it cannot go on without. That is known when the step is done.
//! - It **ends before the lock is released**: at the release, the holder has joined the thread, or has its answer. That
//!   is known at the release only.
//!
//! Until the release, the second fact is taken for granted. No other thread can be inside meanwhile, so nothing hangs.
//! At the release it is looked at again: what rested on a loan that is not over becomes a deadlock then, and is told.
//! After the release it is known of each new step. So a thread that outlives the lock it was made under is found, by
//! the release at the latest. A step that could wait for another one inside is found before it waits: one of the two
//! locks was released by then.
//!
//! A lock is lent to all that a thread makes or asks, not to the thread itself. So the holder and those that work for
//! it are not kept apart by it, nor are two that work for the same holder.

use crate::acquisition::Acquisition;
use crate::messages::Messages;
use crate::threads::clock::Moment;
use std::collections::{BTreeMap, VecDeque};

/// How many loans are remembered. Of older ones, nothing is said: a lock that was lent is then no gate.
const LOANS: usize = 1024;

/// A lock that a thread held as it made or asked another one.
#[derive(Debug)]
pub(crate) struct Loan {
    pub(crate) number: u64,
    pub(crate) lock: Acquisition,
    /// The number of the thread that holds it.
    pub(crate) holder: u64,
    /// What knows this moment comes after the lock was taken.
    from: Moment,
    /// The moment of the release. None until then.
    until: Option<Moment>,
}

impl Loan {
    /// Whether what was done at a moment lies inside. All that lies before the moment is known.
    fn covers(&self, messages: &Messages, moment: &Moment, known: &BTreeMap<u64, u64>) -> bool {
        // Of many loans, most had ended before.
        let is_over = |until: &Moment| {
            until.thread() != moment.thread() && !until.is_in(known) && messages.is_before(moment, until)
        };
        self.holder != moment.thread() && self.from.is_in(known) && self.until.as_ref().is_none_or(is_over)
    }
}

/// The loans, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Loans {
    all: VecDeque<Loan>,
    next: u64,
}

impl Loans {
    /// A thread that holds these locks makes or asks another one. The moment is the last that the other one knows of.
    pub(crate) fn lend(&mut self, held: &[Acquisition], from: &Moment) {
        for &lock in held.iter().filter(|lock| !lock.class.kind().is_event()) {
            if self.open_of(from.thread()).any(|open| open.lock.instance == lock.instance) {
                continue;
            }
            if self.all.len() == LOANS {
                self.all.pop_front();
            }
            let (number, holder) = (self.next, from.thread());
            self.all.push_back(Loan { number, lock, holder, from: from.clone(), until: None });
            self.next += 1;
        }
    }

    fn open_of(&mut self, holder: u64) -> impl Iterator<Item = &mut Loan> {
        self.all.iter_mut().filter(move |loan| loan.holder == holder && loan.until.is_none())
    }

    /// A thread that had lent locks holds these now. Returns the loans that end with that.
    pub(crate) fn keep(&mut self, held: &[Acquisition], now: &Moment) -> Vec<u64> {
        let is_released = |loan: &&mut Loan| held.iter().all(|held| held.instance != loan.lock.instance);
        let ended = self.open_of(now.thread()).filter(is_released);
        ended.map(|loan| Self::end(loan, now)).collect()
    }

    /// A lock was released for its holder. Returns the loans that end with that.
    pub(crate) fn release(&mut self, holder: u64, instance: u64, now: &Moment) -> Vec<u64> {
        let ended = self.open_of(holder).filter(|loan| loan.lock.instance == instance);
        ended.map(|loan| Self::end(loan, now)).collect()
    }

    fn end(loan: &mut Loan, now: &Moment) -> u64 {
        loan.until = Some(now.clone());
        loan.number
    }

    /// How many of the locks that a thread holds have to be looked at, so that the end of each loan is seen.
    pub(crate) fn depth(&mut self, held: &[Acquisition], holder: u64) -> usize {
        let lent: Vec<u64> = self.open_of(holder).map(|loan| loan.lock.instance).collect();
        held.iter().rposition(|held| lent.contains(&held.instance)).map_or(0, |last| last + 1)
    }

    /// The locks that a thread was lent at a moment.
    pub(crate) fn at(&self, messages: &Messages, moment: &Moment) -> Vec<&Loan> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let known = messages.known_at(moment);
        self.all.iter().filter(|loan| loan.covers(messages, moment, &known)).collect()
    }
}
