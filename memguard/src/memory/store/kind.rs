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
    /// If it has a piece. If not, the kinds after it are asked.
    Among(usize),
    /// The kinds after it are not asked.
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

/// What becomes of a piece that is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) enum Fate {
    /// It is wiped and whole, and is handed out again.
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

/// What of a kind is free. Every method runs under POOL: it makes no system call, and it allocates nothing that may not
/// fail.
pub(in crate::memory) trait List: Debug {
    /// What a kind adds when its list has run out.
    type Stock;
    /// What leaves the list, for its kind to [release](Kind::release).
    type Unit;
    type Trimmed: IntoIterator<Item = Self::Unit>;

    fn take(&mut self, class: usize) -> Option<Free>;

    /// Gives the unit back if there is no memory to keep account of it.
    fn add(&mut self, stock: Self::Stock) -> Result<(), Self::Unit>;

    /// Returns what is not kept.
    fn put(&mut self, free: Free, fate: Fate) -> Option<Self::Unit>;

    fn trim(&mut self, trim: Trim) -> Self::Trimmed;

    /// Starts an audit: takes out what can be looked at piece by piece, and returns how many units there are to look
    /// through.
    fn start_audit(&mut self, singles: &mut Vec<Free>) -> usize;

    /// Lists the free places of a unit. None of them is handed out, and the unit stays, until
    /// [`end_look`](Self::end_look). `places` stays empty, and there is nothing to end, if nothing is free, if somebody
    /// else looks, or if there is no memory.
    fn look(&mut self, _unit: usize, _places: &mut Vec<Free>) {}

    /// Ends a look. The places in `dirty` are withdrawn.
    fn end_look(&mut self, _unit: usize, _dirty: &[Place]) -> Option<Self::Unit> {
        None
    }
}

/// One kind of page. POOL is held in none of these methods but [`serves`](Self::serves) and [`borders`](Self::borders).
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

    /// More memory for a list that has run out. `None` if it is not time for that, or if the system cannot.
    fn make(&self, class: usize, supply: &impl Supply) -> Result<Option<<Self::List as List>::Stock>, MemoryError>;

    /// Before a withdrawn piece is put back: gives its contents up. Returns it if its list has to know.
    fn withdraw(&self, free: Free, system: &System) -> Option<Free>;

    /// Gives back what its list does not keep.
    fn release(&self, unit: <Self::List as List>::Unit, supply: &impl Supply);
}

/// What kinds are made from. The pool is one.
pub(in crate::memory) trait Supply {
    fn system(&self) -> &System;

    fn canary(&self) -> &Canary;

    /// One page between guard pages, all zero.
    fn take_page(&self) -> Result<Piece, MemoryError>;

    /// Takes a piece back.
    fn put_back(&self, piece: Piece, fate: Fate);
}
