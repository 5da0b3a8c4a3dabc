//! A lock and how it is held, in one word: what a thread notes on the way that all acquisitions take.
//!
//! | bits | content |
//! |---|---|
//! | 0, 1 | the mode |
//! | 2 to 38 | the instance |
//! | 39 | whether the checker itself takes the lock as it allocates |
//! | 40 to 63 | the index of the class: its lowest bit says that it is an event, its highest that each lock counts |
//!
//! 0 is no lock.

use crate::acquisition::Acquisition;
use crate::class::{Class, SINGLY};
use crate::mode::Mode;
use crate::place::Place;

const INSTANCE: u32 = 2;
const CLASS: u32 = 40;
const ALLOCATOR: u64 = 1 << 39;
const INSTANCES: u64 = ALLOCATOR - (1 << INSTANCE);

/// One step of FxHash.
#[inline]
pub(crate) fn mixed(hash: u64, number: u64) -> u64 {
    (hash.rotate_left(26) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// A lock and how it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) u64);

impl Word {
    /// A lock, not yet held in any mode.
    pub(crate) fn of(class: &Class, instance: u64) -> Self {
        Self(u64::from(class.index) << CLASS | (instance << INSTANCE & INSTANCES))
    }

    /// The lock, held in this mode.
    #[inline]
    pub(crate) fn held(self, mode: Mode) -> Self {
        Self(self.0 | mode as u64)
    }

    /// The lock, known to be one of the allocator.
    pub(crate) fn of_allocator(self) -> Self {
        Self(self.0 | ALLOCATOR)
    }

    #[inline]
    pub(crate) fn is_of_allocator(self) -> bool {
        self.0 & ALLOCATOR != 0
    }

    #[inline]
    pub(crate) fn instance(self) -> u64 {
        (self.0 & INSTANCES) >> INSTANCE
    }

    #[inline]
    pub(crate) fn mode(self) -> Mode {
        Mode::from_bits(self.0)
    }

    #[inline]
    pub(crate) fn is_event(self) -> bool {
        self.0 & 1 << CLASS != 0
    }

    /// Whether more than its class counts.
    #[inline]
    pub(crate) fn counts_singly(self) -> bool {
        self.0 & (1 | SINGLY as u64) << CLASS != 0
    }

    /// The class and the mode, which are the same for all locks of the class.
    #[inline]
    pub(crate) fn without_instance(self) -> u64 {
        self.0 & !INSTANCES
    }

    /// The class alone, in its place.
    #[inline]
    pub(crate) fn class_bits(self) -> u64 {
        self.0 >> CLASS << CLASS
    }

    #[inline]
    pub(crate) fn same_class(self, other: Word) -> bool {
        (self.0 ^ other.0) >> CLASS == 0
    }

    /// The same lock under another class.
    pub(crate) fn with_class(self, class: &Class) -> Self {
        Self(u64::from(class.index) << CLASS | self.0 & ((1 << CLASS) - 1))
    }

    pub(crate) fn class(self) -> Option<&'static Class> {
        Class::by_index((self.0 >> CLASS) as u32)
    }

    /// The lock and the place, for the slower ways.
    pub(crate) fn at(self, place: Place) -> Option<Acquisition> {
        let class = self.class()?;
        Some(Acquisition { class, instance: self.instance(), mode: self.mode(), place })
    }
}
