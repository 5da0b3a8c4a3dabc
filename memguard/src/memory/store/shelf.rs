//! A shelf: units of memory, each divided into equal places that are handed out one by one. It keeps account of the
//! places and never reads a byte. It is used under POOL, so every step is O(1), and its only allocations can fail
//! without harm.
//!
//! A unit is *open* while it can give a place: it has a free one and was not withdrawn. The open units of a class form
//! a list, so that taking a place, returning it and retiring an emptied unit touch a few entries only.

use super::kind::{Borders, Fate, Free, List, Origin, Trim};
use crate::memory::page::backend::Span;
use std::fmt::Debug;

/// What a unit is made of. It knows where its places are.
pub(in crate::memory) trait Divided: Debug {
    /// Whether the withdrawal of a place withdraws its unit: no place of the unit is handed out any more, and the
    /// places in use stay usable. If not, the other places are handed out as before.
    const WITHDRAWN_AS_A_WHOLE: bool;
    /// Whether one emptied unit is kept for reuse.
    const KEEPS_SPARE: bool;

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
    /// Its index among the open units of its class.
    open_at: Option<usize>,
}

impl<U: Divided> Unit<U> {
    /// A unit, all of whose places are free. If there is no memory for their list, it has no free place and is an
    /// error.
    pub(super) fn new(class: usize, content: U) -> Result<Self, Self> {
        let places = content.places();
        let mut unit = Self { content, class, free: Vec::new(), in_use: 0, withdrawn: false, open_at: None };
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

#[derive(Debug)]
pub(in crate::memory) struct Shelf<U> {
    units: Vec<Option<Unit<U>>>,
    vacant: Vec<usize>,
    /// The open units of each class.
    open: Vec<Vec<usize>>,
    keeps_spare: bool,
    spare: Option<usize>,
}

impl<U: Divided> List for Shelf<U> {
    type Unit = Unit<U>;
    type Trimmed = Option<Unit<U>>;

    fn take(&mut self, class: usize) -> Option<Free> {
        let number = *self.open.get(class)?.last()?;
        let free = self.units.get_mut(number)?.as_mut()?.take(number);
        self.settle(number);
        free
    }

    fn add(&mut self, unit: Unit<U>) -> Option<Unit<U>> {
        let count = self.units.len() + 1;
        let Some(open) = self.open.get_mut(unit.class) else { return Some(unit) };
        let has_room = self.units.try_reserve(1).is_ok()
            && self.vacant.try_reserve(count).is_ok()
            && open.try_reserve(count - open.len()).is_ok();
        if !has_room {
            return Some(unit);
        }
        let number = self.vacant.pop().unwrap_or(self.units.len());
        match self.units.get_mut(number) {
            Some(vacancy) => *vacancy = Some(unit),
            None => self.units.push(Some(unit)),
        }
        self.settle(number);
        None
    }

    /// Returns the unit if that was its last place in use.
    fn put(&mut self, free: Free, fate: Fate) -> Option<Unit<U>> {
        let Origin::Place { unit: number, at } = free.origin else { return None };
        let unit = self.units.get_mut(number)?.as_mut()?;
        unit.in_use -= 1;
        match fate {
            Fate::Reuse => unit.free.push(at),
            Fate::Withdraw => unit.withdrawn |= U::WITHDRAWN_AS_A_WHOLE,
        }
        if unit.in_use == 0 {
            if !unit.can_give() || !self.keeps_spare || self.spare.is_some() {
                return self.remove(number);
            }
            self.spare = Some(number);
        }
        self.settle(number);
        None
    }

    /// Returns the unit that was kept for reuse.
    fn trim(&mut self, trim: Trim) -> Option<Unit<U>> {
        self.keeps_spare &= trim != Trim::ForGood;
        let spare = self.spare.take()?;
        self.remove(spare)
    }

    fn units(&self) -> usize {
        self.units.len()
    }

    /// The places count as in use until each is put back. So the unit stays.
    fn take_all(&mut self, number: usize) -> Vec<Free> {
        let mut places = Vec::new();
        if let Some(Some(unit)) = self.units.get_mut(number)
            && places.try_reserve_exact(unit.free.len()).is_ok()
        {
            places.extend(std::iter::from_fn(|| unit.take(number)));
            self.settle(number);
        }
        places
    }
}

impl<U: Divided> Shelf<U> {
    pub(super) fn new(classes: usize) -> Self {
        let open = std::iter::repeat_with(Vec::new).take(classes).collect();
        Self { units: Vec::new(), vacant: Vec::new(), open, keeps_spare: U::KEEPS_SPARE, spare: None }
    }

    fn remove(&mut self, number: usize) -> Option<Unit<U>> {
        self.units.get_mut(number)?.as_mut()?.free.clear();
        self.settle(number);
        // There is room: `add` reserved a place for every unit.
        self.vacant.push(number);
        self.units.get_mut(number)?.take()
    }

    /// Opens or closes the unit, as it can give a place or not. A unit in use is not the spare one.
    fn settle(&mut self, number: usize) {
        let Some(Some(unit)) = self.units.get_mut(number) else { return };
        let Some(open) = self.open.get_mut(unit.class) else { return };
        self.spare = self.spare.filter(|&spare| spare != number || unit.in_use == 0);
        match (unit.can_give(), unit.open_at) {
            (true, None) => {
                unit.open_at = Some(open.len());
                // There is room: `add` reserved a place for every unit of the class.
                open.push(number);
            }
            (false, Some(at)) => {
                unit.open_at = None;
                open.swap_remove(at);
                // The last open unit took its place.
                if let Some(&moved) = open.get(at)
                    && let Some(Some(moved)) = self.units.get_mut(moved)
                {
                    moved.open_at = Some(at);
                }
            }
            _ => {}
        }
    }
}
