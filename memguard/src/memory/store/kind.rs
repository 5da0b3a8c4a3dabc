//! What a kind of page is: a layout, which never changes, and a list of what is free, which POOL guards.

use crate::memory::canary::Canary;
use crate::memory::error::MemoryError;
use crate::memory::page::backend::{Mapping, Span};
use crate::memory::policy::Isolation;
use crate::memory::system::System;
use std::fmt::Debug;

/// What a session's builder says about its pages.
#[derive(Clone, Copy, Debug)]
pub(in crate::memory) struct Plan {
    pub(in crate::memory) page_size: usize,
    pub(in crate::memory) isolation: Isolation,
    /// How many free pages are kept at the most.
    pub(in crate::memory) capacity_pages: usize,
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

/// Whether a kind serves a request, and from which class of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) enum Serves {
    No,
    /// It serves the request if it has a piece. If not, the kinds after it are asked.
    Among(usize),
    /// It serves the request alone. The kinds after it are not asked.
    Alone(usize),
}

/// One place of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) struct Place {
    pub(in crate::memory) unit: usize,
    pub(in crate::memory) at: u16,
}

/// What a piece of memory is part of.
#[derive(Debug)]
pub(in crate::memory) enum Origin {
    /// A mapping of its own.
    Mapping(Mapping),
    /// A unit that its kind's list keeps.
    Place(Place),
}

/// Memory that a list keeps: readable, writable and wiped.
#[derive(Debug)]
pub(in crate::memory) struct Free {
    pub(in crate::memory) span: Span,
    pub(in crate::memory) origin: Origin,
}

/// The canary that a kind keeps around a piece.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::memory) struct Borders {
    /// Where the piece lies in the pattern of the canary.
    pub(in crate::memory) offset: usize,
    /// How many bytes before the piece are canary.
    pub(in crate::memory) before: usize,
    /// How many bytes behind it are.
    pub(in crate::memory) behind: usize,
}

/// Memory for one secret. Its owner owns the bytes.
#[derive(Debug)]
pub(in crate::memory) struct Piece {
    /// The number of its kind in the list of kinds.
    pub(in crate::memory) kind: u8,
    pub(in crate::memory) free: Free,
    /// Whether it can be protected and unmapped without touching a neighbour.
    pub(in crate::memory) whole_pages: bool,
    pub(in crate::memory) borders: Borders,
}

/// What happens to a piece that is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) enum Fate {
    /// It is wiped and intact, and is handed out again.
    Reuse,
    /// It is not handed out again: it was overrun, or it could not be wiped.
    Withdraw,
}

/// Why free memory is given back to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) enum Trim {
    /// A limit was reached.
    AtALimit,
    /// The session has ended: from now on nothing is kept.
    ForGood,
}

/// The free memory of a kind. Every method runs under POOL. It makes no system call, and each of its allocations may
/// fail.
pub(in crate::memory) trait List: Debug {
    /// What a kind adds when its list has run out.
    type Stock;
    /// What leaves the list, for its kind to [release](Kind::release).
    type Unit;
    type Trimmed: IntoIterator<Item = Self::Unit>;

    fn take(&mut self, class: usize) -> Option<Free>;

    /// Returns the unit if there is no memory to record it.
    fn add(&mut self, stock: Self::Stock) -> Result<(), Self::Unit>;

    /// Returns what is not kept.
    fn put(&mut self, free: Free, fate: Fate) -> Option<Self::Unit>;

    fn trim(&mut self, trim: Trim) -> Self::Trimmed;

    /// Starts an audit. Takes out the pieces that can be checked one by one, and returns how many units are to be
    /// checked.
    fn start_audit(&mut self, singles: &mut Vec<Free>) -> usize;

    /// Lists the free places of a unit. Until [`end_look`](Self::end_look), none of them is handed out and the unit
    /// stays. `places` stays empty if nothing is free, if another audit looks, or if there is no memory. Then there is
    /// nothing to end.
    fn look(&mut self, _unit: usize, _places: &mut Vec<Free>) {}

    /// Ends a look. The places in `dirty` are withdrawn.
    fn end_look(&mut self, _unit: usize, _dirty: &[Place]) -> Option<Self::Unit> {
        None
    }
}

/// One kind of page. POOL is held only in [`serves`](Self::serves) and [`borders`](Self::borders).
pub(in crate::memory) trait Kind: Debug + Sized {
    type List: List;
    /// Whether its pieces can be protected and unmapped without touching a neighbour.
    const WHOLE_PAGES: bool;

    fn new(plan: &Plan) -> Self;

    /// The list of a new session.
    fn list(&self) -> Self::List;

    fn serves(&self, want: &Want) -> Serves;

    /// The canary around a piece. By default there are guard pages on both sides and no canary.
    fn borders(&self, _class: usize, _free: &Free) -> Borders {
        Borders::default()
    }

    /// More memory for a list that has run out. `None` if it is too early for that, or if the system cannot do it.
    fn make(&self, class: usize, supply: &impl Supply) -> Result<Option<<Self::List as List>::Stock>, MemoryError>;

    /// Gives up the contents of a withdrawn piece, before it is put back. Returns the piece if its list has to record
    /// it.
    fn withdraw(&self, free: Free, system: &System) -> Option<Free>;

    /// Gives back what its list does not keep.
    fn release(&self, unit: <Self::List as List>::Unit, supply: &impl Supply);
}

/// Where kinds get their pages. The pool is a supply.
pub(in crate::memory) trait Supply {
    fn system(&self) -> &System;

    fn canary(&self) -> &Canary;

    /// One page between guard pages, all zero.
    fn take_page(&self) -> Result<Piece, MemoryError>;

    /// Takes a piece back.
    fn put_back(&self, piece: Piece, fate: Fate);
}
