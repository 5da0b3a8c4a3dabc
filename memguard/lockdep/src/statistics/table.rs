//! The counts of one thread: a table by class and place, which only this thread writes.

use crate::atomic_ref::AtomicRef;
use crate::class::Class;
use crate::heap;
use crate::leaf::atomic::{AtomicU64, Ordering};
use crate::place::Place;
use crate::statistics::timed::{self, Timed};
use crate::statistics::usage::Usage;
use crate::word::Word;
use once_cell::race::OnceBox;
use std::panic::Location;
use std::ptr;

const ENTRIES: usize = 512;
/// How far from its place an entry may be.
const PROBES: usize = 8;

/// How an acquisition went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Taken at once.
    Acquired,
    /// Taken after a wait of so many nanoseconds.
    Contended(u64),
    /// Not free.
    Failed,
    /// Not free in time, after so many nanoseconds.
    TimedOut(u64),
}

#[derive(Debug)]
pub(crate) struct Entry {
    /// The class, as in a word. 0 is no entry.
    class: AtomicU64,
    place: AtomicRef<Location<'static>>,
    acquired: AtomicU64,
    contended: AtomicU64,
    failed: AtomicU64,
    timed_out: AtomicU64,
    timed: AtomicRef<Timed>,
}

impl Entry {
    fn empty() -> Self {
        Self {
            class: AtomicU64::new(0),
            place: AtomicRef::empty(),
            acquired: AtomicU64::new(0),
            contended: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
            timed: AtomicRef::empty(),
        }
    }

    /// What it counts, if it counts something.
    pub(crate) fn identity(&self) -> Option<(&'static Class, Place)> {
        let place = Place(self.place.load()?);
        Some((Word(self.class.load(Ordering::Acquire)).class()?, place))
    }

    pub(crate) fn add_to(&self, usage: &mut Usage) {
        usage.acquired += self.acquired.load(Ordering::Relaxed);
        usage.contended += self.contended.load(Ordering::Relaxed);
        usage.failed += self.failed.load(Ordering::Relaxed);
        usage.timed_out += self.timed_out.load(Ordering::Relaxed);
    }

    /// The times that it shares with other threads, if something was timed.
    pub(crate) fn timed(&self) -> Option<&'static Timed> {
        self.timed.load()
    }

    /// Counts. Where it may not allocate and has no times yet, it counts without the time.
    pub(crate) fn note(&self, outcome: Outcome, allocate: bool) {
        let one_more = |count: &AtomicU64| count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        match outcome {
            Outcome::Acquired => one_more(&self.acquired),
            Outcome::Contended(nanos) => {
                one_more(&self.acquired);
                one_more(&self.contended);
                self.note_wait(nanos, allocate);
            }
            Outcome::Failed => one_more(&self.failed),
            Outcome::TimedOut(nanos) => {
                one_more(&self.timed_out);
                self.note_wait(nanos, allocate);
            }
        }
    }

    pub(crate) fn note_hold(&self, nanos: u64, allocate: bool) {
        self.timed_or_new(allocate).into_iter().for_each(|timed| timed.hold.note(nanos));
    }

    fn note_wait(&self, nanos: u64, allocate: bool) {
        self.timed_or_new(allocate).into_iter().for_each(|timed| timed.wait.note(nanos));
    }

    fn timed_or_new(&self, allocate: bool) -> Option<&'static Timed> {
        self.timed().or_else(|| {
            let place = self.place.load().filter(|_| allocate)?;
            let timed = timed::of(self.class.load(Ordering::Relaxed), Place(place));
            self.timed.store(timed);
            Some(timed)
        })
    }
}

#[derive(Debug)]
pub(crate) struct Table {
    entries: Box<[Entry; ENTRIES]>,
    /// For what found no place.
    next: OnceBox<Table>,
}

impl Default for Table {
    fn default() -> Self {
        Self { entries: heap::array(Entry::empty), next: OnceBox::new() }
    }
}

impl Table {
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        std::iter::successors(Some(self), |table| table.next.get()).flat_map(|table| table.entries.iter())
    }

    /// The entry of a lock and a place. None if there is no room and it may not allocate.
    #[inline]
    pub(crate) fn entry(&self, lock: Word, place: Place, allocate: bool) -> Option<&Entry> {
        self.entry_here(lock, place).or_else(|| self.entry_further(lock, place, allocate))
    }

    #[cold]
    fn entry_further(&self, lock: Word, place: Place, allocate: bool) -> Option<&Entry> {
        let next = if allocate { self.next.get_or_init(Box::default) } else { self.next.get()? };
        next.entry(lock, place, allocate)
    }

    /// The entry in this table. None if the table is too full for one more.
    #[inline]
    fn entry_here(&self, lock: Word, place: Place) -> Option<&Entry> {
        let class = lock.class_bits();
        let hash = (class ^ ptr::from_ref(place.0).addr() as u64).wrapping_mul(0x517c_c1b7_2722_0a95);
        let start = (hash >> (u64::BITS - ENTRIES.ilog2())) as usize;
        for at in start..start + PROBES {
            let entry = &self.entries[at % ENTRIES];
            let known = entry.class.load(Ordering::Relaxed);
            if known == class && entry.place.load().is_some_and(|there| ptr::eq(there, place.0)) {
                return Some(entry);
            }
            if known == 0 {
                entry.place.store(place.0);
                entry.class.store(class, Ordering::Release);
                return Some(entry);
            }
        }
        None
    }
}
