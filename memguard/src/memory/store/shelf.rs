//! A shelf: units of memory, each divided into equal places that are handed out one by one. It keeps account of the
//! places and never reads a byte. It is used under POOL, so every step is O(1), and its only allocations can fail
//! without harm.
//!
//! A unit is *open* while it can give a place: it has a free one, was not withdrawn, and no audit looks through it. The
//! open units of a class form a list, so that taking a place, returning it and retiring an emptied unit touch a few
//! entries only.

use super::kind::{Fate, Free, List, Origin, Place, Trim};
use crate::memory::page::backend::Span;
use std::fmt::Debug;

/// A unit that knows where its places are.
pub(in crate::memory) trait Divided: Debug {
    /// How many places there are.
    fn places(&self) -> u16;

    /// Where a place lies.
    fn span(&self, at: u16) -> Span;
}

/// What the withdrawal of a place means for its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnWithdrawal {
    /// The other places are handed out as before.
    LosePlace,
    /// No place of the unit is handed out any more. The places in use stay usable.
    LoseUnit,
}

/// A unit without a place in use, for its kind to give back.
#[derive(Debug)]
pub(in crate::memory) struct Emptied<U> {
    pub(super) unit: U,
    pub(super) withdrawn: bool,
}

/// A new unit, all of whose places are free.
#[derive(Debug)]
pub(in crate::memory) struct Stock<U> {
    class: usize,
    unit: U,
    free: Vec<u16>,
}

impl<U: Divided> Stock<U> {
    /// Gives the unit back if there is no memory for the list of its places.
    pub(super) fn new(class: usize, unit: U) -> Result<Self, U> {
        let mut free = Vec::new();
        if free.try_reserve_exact(unit.places().into()).is_err() {
            return Err(unit);
        }
        free.extend((0..unit.places()).rev());
        Ok(Self { class, unit, free })
    }
}

#[derive(Debug)]
struct Entry<U> {
    unit: U,
    class: usize,
    /// Free places. Has room for all of them from the start.
    free: Vec<u16>,
    in_use: u16,
    withdrawn: bool,
    looked_at: bool,
    open: bool,
    previous: Option<usize>,
    next: Option<usize>,
}

#[derive(Debug)]
pub(in crate::memory) struct Shelf<U> {
    entries: Vec<Option<Entry<U>>>,
    vacant: Vec<usize>,
    /// The first open unit of each class.
    open: Vec<Option<usize>>,
    on_withdrawal: OnWithdrawal,
    /// Whether one emptied unit is kept for reuse.
    keeps_spare: bool,
    spare: Option<usize>,
}

impl<U: Divided> List for Shelf<U> {
    type Stock = Stock<U>;
    type Unit = Emptied<U>;
    type Trimmed = Option<Emptied<U>>;

    fn take(&mut self, class: usize) -> Option<Free> {
        let unit = (*self.open.get(class)?)?;
        let entry = self.entries.get_mut(unit)?.as_mut()?;
        let at = entry.free.pop()?;
        entry.in_use += 1;
        let span = entry.unit.span(at);
        if entry.free.is_empty() {
            self.close_unit(unit);
        }
        if self.spare == Some(unit) {
            self.spare = None;
        }
        Some(Free { span, origin: Origin::Place(Place { unit, at }) })
    }

    fn add(&mut self, Stock { class, unit, free }: Stock<U>) -> Result<(), Emptied<U>> {
        if self.entries.try_reserve(1).is_err() || self.vacant.try_reserve(self.entries.len() + 1).is_err() {
            return Err(Emptied { unit, withdrawn: false });
        }
        let (previous, next) = (None, None);
        let entry =
            Entry { unit, class, free, in_use: 0, withdrawn: false, looked_at: false, open: false, previous, next };
        let index = self.vacant.pop().unwrap_or(self.entries.len());
        match self.entries.get_mut(index) {
            Some(vacancy) => *vacancy = Some(entry),
            None => self.entries.push(Some(entry)),
        }
        self.open_unit(index);
        Ok(())
    }

    /// Returns the unit if that was its last place in use.
    fn put(&mut self, free: Free, fate: Fate) -> Option<Emptied<U>> {
        let Origin::Place(Place { unit, at }) = free.origin else { return None };
        let entry = self.entries.get_mut(unit)?.as_mut()?;
        entry.in_use -= 1;
        match (fate, self.on_withdrawal) {
            (Fate::Reuse, _) => entry.free.push(at),
            (Fate::Withdraw, OnWithdrawal::LosePlace) => {}
            (Fate::Withdraw, OnWithdrawal::LoseUnit) => {
                entry.withdrawn = true;
                self.close_unit(unit);
            }
        }
        self.settle(unit)
    }

    /// Returns the unit that was kept for reuse.
    fn trim(&mut self, trim: Trim) -> Option<Emptied<U>> {
        self.keeps_spare &= trim != Trim::ForGood;
        let spare = self.spare.take()?;
        self.remove(spare)
    }

    fn start_audit(&mut self, _: &mut Vec<Free>) -> usize {
        self.entries.len()
    }

    fn look(&mut self, unit: usize, places: &mut Vec<Free>) {
        let Some(Some(entry)) = self.entries.get_mut(unit) else { return };
        if entry.free.is_empty() || entry.looked_at || places.try_reserve(entry.free.len()).is_err() {
            return;
        }
        entry.looked_at = true;
        let free = |&at: &u16| Free { span: entry.unit.span(at), origin: Origin::Place(Place { unit, at }) };
        places.extend(entry.free.iter().map(free));
        self.close_unit(unit);
        if self.spare == Some(unit) {
            self.spare = None;
        }
    }

    fn end_look(&mut self, unit: usize, dirty: &[Place]) -> Option<Emptied<U>> {
        let loses_unit = self.on_withdrawal == OnWithdrawal::LoseUnit;
        let entry = self.entries.get_mut(unit)?.as_mut()?;
        entry.looked_at = false;
        entry.free.retain(|&at| !dirty.contains(&Place { unit, at }));
        entry.withdrawn |= loses_unit && !dirty.is_empty();
        self.settle(unit)
    }
}

impl<U: Divided> Shelf<U> {
    pub(super) fn new(classes: usize, on_withdrawal: OnWithdrawal) -> Self {
        let open = vec![None; classes];
        Self { entries: Vec::new(), vacant: Vec::new(), open, on_withdrawal, keeps_spare: false, spare: None }
    }

    /// Keeps one emptied unit for reuse.
    pub(super) fn keeping_a_spare(self) -> Self {
        Self { keeps_spare: true, ..self }
    }

    /// Opens the unit if it can give a place. Removes the unit if it is empty and not kept for reuse.
    fn settle(&mut self, unit: usize) -> Option<Emptied<U>> {
        let entry = self.entries.get(unit)?.as_ref()?;
        if entry.looked_at {
            return None;
        }
        if entry.in_use > 0 || entry.withdrawn {
            if entry.in_use == 0 {
                return self.remove(unit);
            }
            if !entry.withdrawn && !entry.open && !entry.free.is_empty() {
                self.open_unit(unit);
            }
            return None;
        }
        if self.keeps_spare && !entry.free.is_empty() && self.spare.is_none_or(|spare| spare == unit) {
            self.spare = Some(unit);
            if !entry.open {
                self.open_unit(unit);
            }
            return None;
        }
        self.remove(unit)
    }

    fn remove(&mut self, unit: usize) -> Option<Emptied<U>> {
        self.close_unit(unit);
        let entry = self.entries.get_mut(unit)?.take()?;
        // There is room: `add` reserved a place for every entry.
        self.vacant.push(unit);
        Some(Emptied { unit: entry.unit, withdrawn: entry.withdrawn })
    }

    fn entry(&mut self, unit: usize) -> Option<&mut Entry<U>> {
        self.entries.get_mut(unit)?.as_mut()
    }

    fn open_unit(&mut self, unit: usize) {
        let Some(class) = self.entry(unit).map(|entry| entry.class) else { return };
        let first = self.open.get_mut(class).and_then(|first| first.replace(unit));
        if let Some(entry) = self.entry(unit) {
            (entry.open, entry.previous, entry.next) = (true, None, first);
        }
        if let Some(entry) = first.and_then(|first| self.entry(first)) {
            entry.previous = Some(unit);
        }
    }

    fn close_unit(&mut self, unit: usize) {
        let Some(entry) = self.entry(unit).filter(|entry| entry.open) else { return };
        entry.open = false;
        let (class, previous, next) = (entry.class, entry.previous.take(), entry.next.take());
        match previous.and_then(|previous| self.entry(previous)) {
            Some(entry) => entry.next = next,
            None => {
                if let Some(first) = self.open.get_mut(class) {
                    *first = next;
                }
            }
        }
        if let Some(entry) = next.and_then(|next| self.entry(next)) {
            entry.previous = previous;
        }
    }
}
