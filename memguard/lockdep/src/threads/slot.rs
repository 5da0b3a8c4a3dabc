//! A lock, and where a thread asked for it, for others to read.

use crate::acquisition::Acquisition;
use crate::atomic_ref::AtomicRef;
use crate::leaf::atomic::{AtomicU64, Ordering};
use crate::place::Place;
use crate::word::Word;
use std::panic::Location;

/// A lock held, waited for, or taken not long ago, and where.
#[derive(Debug)]
pub(crate) struct Slot {
    word: AtomicU64,
    place: AtomicRef<Location<'static>>,
}

impl Slot {
    pub(crate) fn empty() -> Self {
        Self { word: AtomicU64::new(0), place: AtomicRef::empty() }
    }

    /// Both stores are releases, and both loads acquire. So a thread that sees what is new here also sees that what was
    /// here before was released.
    #[inline]
    pub(crate) fn store(&self, lock: Word, place: Place) {
        self.place.store(place.0);
        self.word.store(lock.0, Ordering::Release);
    }

    #[inline]
    pub(crate) fn word(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    pub(crate) fn place(&self) -> Option<Place> {
        self.place.load().map(Place)
    }

    pub(crate) fn load(&self) -> Option<Acquisition> {
        // An empty word has no class.
        self.word().at(self.place()?)
    }

    pub(crate) fn move_from(&self, other: &Slot) {
        if let Some(place) = other.place() {
            self.store(other.word(), place);
        }
    }

    pub(crate) fn clear(&self) {
        self.word.store(0, Ordering::Release);
    }
}
