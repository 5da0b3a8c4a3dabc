//! Which lock it is, and of which class.

use crate::class::{Class, Kind, Name, Origin};
use crate::place::Place;
use crate::threads::record::Record;
use crate::threads::{local, own};
use crate::word::Word;
use crate::world;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The identity of a lock, or of something else to wait for.
#[derive(Debug)]
pub(crate) struct Tracker {
    kind: Kind,
    /// Its class is named so. If not known, its class is named after the place where it is first taken.
    name: Option<Name>,
    /// Its class and its number, set when it is first taken. No other lock of the process ever has the number; an
    /// address would be used again. Stored with a release and loaded with an acquire, so that a thread that has it
    /// finds its class.
    word: AtomicU64,
    /// The checker itself takes it as it allocates.
    of_allocator: AtomicBool,
}

impl Tracker {
    const fn new(kind: Kind, name: Option<Name>) -> Self {
        Self { kind, name, word: AtomicU64::new(0), of_allocator: AtomicBool::new(false) }
    }

    pub(crate) const fn made_at(kind: Kind, place: Place) -> Self {
        Self::new(kind, Some(Name::Place(place)))
    }

    pub(crate) const fn unplaced(kind: Kind) -> Self {
        Self::new(kind, None)
    }

    pub(crate) const fn named(kind: Kind, name: &'static str) -> Self {
        Self::new(kind, Some(Name::Given(name)))
    }

    /// What identifies it to threads that come from this place.
    #[inline]
    pub(super) fn word(&self, place: Place) -> Word {
        match self.word.load(Ordering::Acquire) {
            0 => self.first_use(place),
            word => Word(word),
        }
    }

    /// What it is, if it was ever used.
    #[inline]
    pub(super) fn known_word(&self) -> Word {
        Word(self.word.load(Ordering::Relaxed))
    }

    #[cold]
    fn first_use(&self, place: Place) -> Word {
        let word = Word::of(self.class(place, 0), world::next_instance()).0;
        // Another thread may be first.
        let _ = self.word.compare_exchange(0, word, Ordering::SeqCst, Ordering::SeqCst);
        if self.of_allocator.load(Ordering::SeqCst) {
            self.mark_word();
        }
        Word(self.word.load(Ordering::Relaxed))
    }

    /// The record of this thread. None inside the checker, which takes the lock unchecked.
    #[inline]
    pub(super) fn record(&self) -> Option<&'static Record> {
        match local::current() {
            Some(record) => Some(record),
            None => self.taken_by_checker(),
        }
    }

    /// If the checker takes the lock, then as it allocates.
    #[cold]
    fn taken_by_checker(&self) -> Option<&'static Record> {
        if own::is_checking() && !self.of_allocator.swap(true, Ordering::SeqCst) {
            self.mark_word();
        }
        None
    }

    fn mark_word(&self) {
        let word = self.word.load(Ordering::SeqCst);
        if word != 0 {
            self.word.fetch_or(Word(word).of_allocator().0, Ordering::Relaxed);
        }
    }

    pub(super) fn class(&self, place: Place, subclass: u32) -> &'static Class {
        let name = match self.name {
            // Made by a function that was passed to one of the standard library, as in `map(Mutex::new)`.
            Some(Name::Place(made)) if made.file().starts_with("/rustc/") => Name::Place(place),
            Some(name) => name,
            None => Name::Place(place),
        };
        let in_allocator = || own::record().is_some_and(Record::is_in_allocator);
        let allocate = !self.of_allocator.load(Ordering::Relaxed) && !in_allocator();
        own::unwatched(|| Class::of(Origin { kind: self.kind, name, subclass }, allocate))
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        let lock = Word(*self.word.get_mut());
        if lock.0 == 0 {
            return;
        }
        // A guard was leaked. Nothing can want the lock any more.
        if let Some(record) = own::record_at_hand()
            && record.depth() > 0
        {
            record.forget(lock.instance());
        }
        // Where instances count, what was learned of this one can be part of no further cycle.
        match lock.class() {
            // A join is no flow of messages.
            Some(_) if lock.is_event() && self.kind != Kind::Join => world::end_event(lock.instance()),
            Some(class) if class.nests() => world::forget_lock(class, lock.instance()),
            _ => {}
        }
    }
}
