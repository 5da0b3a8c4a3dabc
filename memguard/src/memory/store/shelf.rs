//! A shelf: units of memory, each divided into equal places that are handed out one by one. It keeps account of the
//! places and never reads a byte. It is used under POOL, so every step is O(1) and neither allocates nor frees.
//!
//! A unit is *open* while it can give a place: it has a free one and was not withdrawn. The open units of a class are
//! linked, so that taking a place, returning it and retiring an emptied unit touch a few entries only.

use super::kind::{Borders, Fate, Free, List, Origin, Plan, Trim};
use crate::memory::page::backend::Span;
use std::fmt::Debug;
use std::{iter, mem};

/// What a unit is made of. It knows where its places are.
pub(in crate::memory) trait Divided: Debug {
    /// Whether the withdrawal of a place withdraws its unit: no place of the unit is handed out any more, and the
    /// places in use stay usable. If not, the other places are handed out as before.
    const WITHDRAWN_AS_A_WHOLE: bool;

    /// How many places there are.
    fn places(&self) -> u16;

    /// Where a place lies.
    fn span(&self, at: u16) -> Span;

    /// The canary around a place.
    fn borders(&self, _at: u16) -> Borders {
        Borders::default()
    }
}

#[derive(Debug)]
pub(in crate::memory) struct Unit<U> {
    pub(super) content: U,
    class: usize,
    /// Free places. Has room for all of them from the start.
    free: Vec<u16>,
    in_use: u16,
    pub(super) withdrawn: bool,
    is_open: bool,
    /// The open units of its class before and behind this one.
    before: Option<usize>,
    behind: Option<usize>,
    /// Whether it is [left over](Shelf::left_over), and which unit is so behind it.
    is_left_over: bool,
    left_behind: Option<usize>,
}

impl<U: Divided> Unit<U> {
    /// A unit, all of whose places are free. If there is no memory for their list, it has no free place and is an
    /// error.
    pub(super) fn new(class: usize, content: U) -> Result<Self, Self> {
        let places = content.places();
        let (free, in_use, withdrawn, is_open, before, behind) = Default::default();
        let (is_left_over, left_behind) = Default::default();
        let mut unit =
            Self { content, class, free, in_use, withdrawn, is_open, before, behind, is_left_over, left_behind };
        if unit.free.try_reserve_exact(places.into()).is_err() {
            return Err(unit);
        }
        unit.free.extend((0..places).rev());
        Ok(unit)
    }

    fn take(&mut self, number: usize) -> Option<Free> {
        let at = self.free.pop()?;
        self.in_use += 1;
        let (span, borders) = (self.content.span(at), self.content.borders(at));
        Some(Free { span, borders, origin: Origin::Place { unit: number, at } })
    }

    fn can_give(&self) -> bool {
        !self.withdrawn && !self.free.is_empty()
    }
}

/// What a shelf has at a number.
#[derive(Debug)]
pub(in crate::memory) enum Entry<U> {
    Unit(Unit<U>),
    /// The next vacant number.
    Vacant(Option<usize>),
}

#[derive(Debug)]
pub(in crate::memory) struct Shelf<U> {
    entries: Vec<Entry<U>>,
    /// The first vacant number.
    vacant: Option<usize>,
    /// The first open unit of each class.
    open: Vec<Option<usize>>,
    /// Whether one emptied unit is kept for reuse.
    keeps_spare: bool,
    spare: Option<usize>,
    /// Whether units that a purge empties are kept until there is time to give them back.
    keeps_left_over: bool,
    /// The first of these. One that was taken from again stays in the chain until then.
    left_over: Option<usize>,
}

impl<U: Divided> List for Shelf<U> {
    type Unit = Unit<U>;
    type Trimmed = Option<Unit<U>>;
    type Entry = Entry<U>;

    fn take(&mut self, class: usize) -> Option<Free> {
        let number = (*self.open.get(class)?)?;
        let free = self.unit(number)?.take(number);
        self.settle(number);
        free
    }

    fn add(&mut self, unit: Unit<U>, room: &mut Vec<Entry<U>>) -> Result<(), (Unit<U>, usize)> {
        let len = self.entries.len();
        if self.vacant.is_none() && self.entries.capacity() == len {
            if room.capacity() <= len {
                return Err((unit, (2 * len).max(4)));
            }
            room.append(&mut self.entries);
            mem::swap(room, &mut self.entries);
        }
        let number = self.vacant.unwrap_or(len);
        match self.entries.get_mut(number) {
            Some(entry) => {
                if let Entry::Vacant(next) = mem::replace(entry, Entry::Unit(unit)) {
                    self.vacant = next;
                }
            }
            None => self.entries.push(Entry::Unit(unit)),
        }
        self.settle(number);
        Ok(())
    }

    /// Returns a unit that has no place in use and is not kept.
    fn put(&mut self, free: Free, fate: Fate) -> Option<Unit<U>> {
        let Origin::Place { unit: number, at } = free.origin else { return None };
        let unit = self.unit(number)?;
        unit.in_use -= 1;
        match fate {
            Fate::Reuse | Fate::Keep => unit.free.push(at),
            Fate::Withdraw => unit.withdrawn |= U::WITHDRAWN_AS_A_WHOLE,
        }
        let (stays, can_give) = (unit.in_use > 0 || unit.is_left_over, unit.can_give());
        if stays {
            self.settle(number);
            return None;
        }
        if !can_give || !self.keeps_spare {
            return self.remove(number);
        }
        if fate == Fate::Keep && self.keeps_left_over {
            let behind = self.left_over.replace(number);
            let unit = self.unit(number)?;
            (unit.is_left_over, unit.left_behind) = (true, behind);
            self.settle(number);
            return None;
        }
        self.settle(number);
        // The unit that was emptied last is the most likely to be wanted again.
        let older = self.spare.replace(number)?;
        self.remove(older)
    }

    /// Returns one of the units that a purge left over, unless it is in use again. If there is none, returns the unit
    /// that was kept for reuse, but not as a surplus.
    fn trim(&mut self, trim: Trim) -> Option<Unit<U>> {
        self.keeps_spare &= trim != Trim::ForGood;
        if let Some(number) = self.left_over {
            let unit = self.unit(number)?;
            unit.is_left_over = false;
            let (is_empty, behind) = (unit.in_use == 0, unit.left_behind.take());
            self.left_over = behind;
            return if is_empty { self.remove(number) } else { None };
        }
        let spare = self.spare.take_if(|_| trim != Trim::Surplus)?;
        self.remove(spare)
    }

    fn has_more_to_trim(&self, trim: Trim) -> bool {
        self.left_over.is_some() || (self.spare.is_some() && trim != Trim::Surplus)
    }

    /// The places count as in use until each is put back. So the unit stays.
    fn take_all(&mut self, number: usize, room: &mut Vec<Free>) -> Option<Result<(), usize>> {
        let Entry::Unit(unit) = self.entries.get_mut(number)? else { return Some(Ok(())) };
        if room.capacity() < unit.free.len() {
            return Some(Err(unit.free.len()));
        }
        room.extend(iter::from_fn(|| unit.take(number)));
        self.settle(number);
        Some(Ok(()))
    }
}

impl<U: Divided> Shelf<U> {
    pub(super) fn new(classes: usize, plan: &Plan) -> Self {
        let (entries, vacant, open, spare, left_over) = (Vec::new(), None, vec![None; classes], None, None);
        let keeps_left_over = plan.capacity_pages > 0;
        Self { entries, vacant, open, keeps_spare: true, spare, keeps_left_over, left_over }
    }

    fn unit(&mut self, number: usize) -> Option<&mut Unit<U>> {
        match self.entries.get_mut(number)? {
            Entry::Unit(unit) => Some(unit),
            Entry::Vacant(_) => None,
        }
    }

    fn remove(&mut self, number: usize) -> Option<Unit<U>> {
        self.unit(number)?.free.clear();
        self.settle(number);
        let entry = mem::replace(self.entries.get_mut(number)?, Entry::Vacant(self.vacant));
        self.vacant = Some(number);
        match entry {
            Entry::Unit(unit) => Some(unit),
            Entry::Vacant(_) => None,
        }
    }

    /// Opens or closes the unit, as it can give a place or not. A unit in use is not the spare one.
    fn settle(&mut self, number: usize) {
        let Some(unit) = self.unit(number) else { return };
        let (class, in_use, before, behind) = (unit.class, unit.in_use, unit.before, unit.behind);
        let (was_open, opens) = (unit.is_open, unit.can_give());
        unit.is_open = opens;
        self.spare = self.spare.filter(|&spare| spare != number || in_use == 0);
        match (was_open, opens) {
            (false, true) => {
                let first = self.open.get(class).copied().flatten();
                self.link(class, None, Some(number));
                self.link(class, Some(number), first);
            }
            (true, false) => self.link(class, before, behind),
            _ => {}
        }
    }

    /// Makes two open units of a class neighbours. `None` is the end.
    fn link(&mut self, class: usize, before: Option<usize>, behind: Option<usize>) {
        if let Some(before) = before {
            if let Some(unit) = self.unit(before) {
                unit.behind = behind;
            }
        } else if let Some(first) = self.open.get_mut(class) {
            *first = behind;
        }
        if let Some(unit) = behind.and_then(|behind| self.unit(behind)) {
            unit.before = before;
        }
    }
}
