//! What a kind of page is: a layout, which never changes, and a list of what is free, which POOL guards.

use crate::memory::error::MemoryError;
use crate::memory::page::backend::{Mapping, Span};
use crate::memory::policy::Isolation;
use crate::memory::system::System;
use crate::sync::leaf;
use std::fmt::Debug;

/// What a session's builder says about its pages.
#[derive(Clone, Copy, Debug)]
pub(in crate::memory) struct Plan {
    pub(in crate::memory) page_size: usize,
    pub(in crate::memory) isolation: Isolation,
    /// How many free pages are kept at the most.
    pub(in crate::memory) capacity_pages: usize,
    /// How many shards there are.
    pub(in crate::memory) shards: usize,
}

impl Plan {
    /// The plan for the lists, and how many spare pages each shard keeps. These are part of the capacity.
    pub(super) fn with_spares(mut self) -> (Self, usize) {
        let each = leaf::spares().min(self.capacity_pages / (4 * self.shards));
        self.capacity_pages -= self.shards * each;
        (self, each)
    }
}

/// What memory is wanted for.
#[derive(Clone, Copy, Debug)]
pub(in crate::memory) struct Want {
    /// In bytes, at least 1.
    pub(in crate::memory) len: usize,
    /// How many whole pages that is.
    pub(in crate::memory) pages: usize,
    /// How the secret is isolated.
    pub(in crate::memory) isolation: Isolation,
}

/// What a piece of memory is part of.
#[derive(Debug)]
pub(in crate::memory) enum Origin {
    /// A mapping of its own. It is in a box from the start, so that a list links it without an allocation.
    Mapping(Box<OwnMapping>),
    /// A unit that its kind's list keeps, by its number there, and a place of it.
    Place { unit: usize, at: u16 },
}

/// A mapping of one piece. Lists link the free ones.
#[derive(Debug)]
pub(in crate::memory) struct OwnMapping {
    pub(in crate::memory) mapping: Mapping,
    pub(super) next: Option<Box<Self>>,
}

/// The canary around a piece.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::memory) struct Borders {
    /// Where the piece lies in the pattern of the canary.
    pub(in crate::memory) offset: u32,
    /// How many bytes before the piece are canary.
    pub(in crate::memory) before: u32,
    /// How many bytes behind it are.
    pub(in crate::memory) behind: u32,
}

/// Memory that a list keeps: readable, writable and wiped.
#[derive(Debug)]
pub(in crate::memory) struct Free {
    pub(in crate::memory) span: Span,
    pub(in crate::memory) borders: Borders,
    pub(in crate::memory) origin: Origin,
}

/// Guard pages are on both sides of a mapping, and no canary.
impl From<Mapping> for Free {
    fn from(mapping: Mapping) -> Self {
        Box::new(OwnMapping { mapping, next: None }).into()
    }
}

impl From<Box<OwnMapping>> for Free {
    fn from(own: Box<OwnMapping>) -> Self {
        Self { span: own.mapping.span, borders: Borders::default(), origin: Origin::Mapping(own) }
    }
}

/// Memory for one secret. Its owner owns the bytes.
#[derive(Debug)]
pub(in crate::memory) struct Piece {
    /// The number of its kind in the list of kinds.
    pub(in crate::memory) kind: u8,
    /// Whether it can be protected and unmapped without touching a neighbour.
    pub(in crate::memory) whole_pages: bool,
    pub(in crate::memory) free: Free,
}

/// What happens to a piece that is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) enum Fate {
    /// It is wiped and intact, and is handed out again, unless enough is kept.
    Reuse,
    /// It is wiped and intact, and is kept in any case. To give it back would take a system call now.
    Keep,
    /// It is not handed out again: it was overrun, or it could not be wiped.
    Withdraw,
}

/// Why free memory is given back to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) enum Trim {
    /// There is time to give back what was only [kept](Fate::Keep).
    Surplus,
    /// A limit was reached.
    AtALimit,
    /// The session has ended: from now on nothing is kept.
    ForGood,
}

/// The free memory of a kind. Every method runs under POOL. It makes no system call, and neither allocates nor frees.
/// What it needs more memory for, its caller makes room for outside POOL.
pub(in crate::memory) trait List: Debug {
    /// What is added to the list and leaves it. When it leaves, its kind [releases](Kind::release) it.
    type Unit;
    type Trimmed: IntoIterator<Item = Self::Unit>;
    /// What the list notes of a unit.
    type Entry;

    fn take(&mut self, class: usize) -> Option<Free>;

    /// Adds a unit whose places are all free. If that needs more memory, the list moves to `room`. If `room` is too
    /// small, returns the unit and how large it must be. By default no room is large enough.
    fn add(&mut self, unit: Self::Unit, _room: &mut Vec<Self::Entry>) -> Result<(), (Self::Unit, usize)> {
        Err((unit, usize::MAX))
    }

    /// Returns what is not kept.
    fn put(&mut self, free: Free, fate: Fate) -> Option<Self::Unit>;

    fn trim(&mut self, trim: Trim) -> Self::Trimmed;

    /// Whether [`trim`](Self::trim) must be called again, because one step did not return all.
    fn has_more_to_trim(&self, _trim: Trim) -> bool {
        false
    }

    /// Moves all free pieces of a unit to `room`. If `room` is too small, moves none and returns how large it must be.
    /// `None` if there is no unit of this number.
    fn take_all(&mut self, unit: usize, room: &mut Vec<Free>) -> Option<Result<(), usize>>;
}

/// One kind of page. POOL is held only in [`serves`](Self::serves).
pub(in crate::memory) trait Kind: Debug + Sized {
    type List: List;
    /// Whether its pieces can be protected and unmapped without touching a neighbour.
    const WHOLE_PAGES: bool;
    /// Whether it serves its requests alone: the kinds after it are not asked, even if it has no piece.
    const ALONE: bool = false;

    /// The kind in a new session, with its list.
    fn new(plan: &Plan) -> (Self, Self::List);

    /// The class of its list that serves the request. `None` if it does not serve the request.
    fn serves(&self, want: &Want) -> Option<usize>;

    /// More memory for a list that has run out. `None` if it is too early for that, or if the system cannot do it, or
    /// if there is no memory to keep account of it. By default there is none, and the store maps what no list has.
    fn make(&self, _class: usize, _supply: &impl Supply) -> Result<Option<<Self::List as List>::Unit>, MemoryError> {
        Ok(None)
    }

    /// Gives up the contents of a withdrawn piece, before it is put back.
    fn withdraw(&self, _: &Free, _: &System) {}

    /// Gives back what its list does not keep.
    fn release(&self, unit: <Self::List as List>::Unit, supply: &impl Supply);
}

/// Where kinds get their pages. The store is a supply.
pub(in crate::memory) trait Supply {
    fn system(&self) -> &System;

    /// One page between guard pages, all zero.
    fn take_page(&self) -> Result<Piece, MemoryError>;

    /// Takes a piece back.
    fn put_back(&self, piece: Piece, fate: Fate);
}
