//! A shelf: units of memory, each divided into equal places that are handed out one by one. It keeps the books and never looks
//! at a byte; it lives under the POOL lock, so every step is O(1) and its only allocations can fail without harm.
//!
//! A unit is *open* while it can give a place: it has a free one, was not withdrawn, and nobody is looking through it. The open
//! units of a class form a list, so that taking a place, returning it and retiring an emptied unit touch a few entries only.

use std::ptr::NonNull;

/// A unit that knows where its places are.
pub(in crate::memory) trait Divided {
    /// Where a place starts, and its length in bytes.
    fn place(&self, at: u16) -> (NonNull<u8>, usize);
}

/// One place of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) struct Place {
    unit: usize,
    pub(in crate::memory) at: u16,
}

/// What becomes of a place that its owner gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::memory) enum Fate {
    /// It is handed out again.
    Reuse,
    /// It is never handed out again; the rest of its unit is.
    Lose,
    /// No place of its unit is handed out any more. The places in use stay usable.
    Withdraw,
}

/// A unit that nobody uses any more, for whoever has emptied it to give back.
#[derive(Debug)]
pub(in crate::memory) struct Emptied<U> {
    pub(in crate::memory) unit: U,
    pub(in crate::memory) withdrawn: bool,
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
    /// Whether one emptied unit is kept for the next taker.
    keeps_spare: bool,
    spare: Option<usize>,
}

impl<U: Divided> Shelf<U> {
    pub(in crate::memory) fn new(classes: usize, keeps_spare: bool) -> Self {
        Self { entries: Vec::new(), vacant: Vec::new(), open: vec![None; classes], keeps_spare, spare: None }
    }

    /// A free place of this class, with where it is.
    pub(in crate::memory) fn take(&mut self, class: usize) -> Option<(Place, NonNull<u8>)> {
        let unit = (*self.open.get(class)?)?;
        let entry = self.entries.get_mut(unit)?.as_mut()?;
        let at = entry.free.pop()?;
        entry.in_use += 1;
        let start = entry.unit.place(at).0;
        if entry.free.is_empty() {
            self.close_unit(unit);
        }
        if self.spare == Some(unit) {
            self.spare = None;
        }
        Some((Place { unit, at }, start))
    }

    /// Adds a unit whose places are all free. Gives it back if there is no memory to keep account of it.
    pub(in crate::memory) fn add(&mut self, class: usize, unit: U, free: Vec<u16>) -> Result<(), U> {
        if self.entries.try_reserve(1).is_err() || self.vacant.try_reserve(self.entries.len() + 1).is_err() {
            return Err(unit);
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

    /// Takes a place back. Returns its unit if that was the last one in use.
    pub(in crate::memory) fn put(&mut self, place: Place, fate: Fate) -> Option<Emptied<U>> {
        let entry = self.entries.get_mut(place.unit)?.as_mut()?;
        entry.in_use -= 1;
        match fate {
            Fate::Reuse => entry.free.push(place.at),
            Fate::Lose => {}
            Fate::Withdraw => {
                entry.withdrawn = true;
                self.close_unit(place.unit);
            }
        }
        self.settle(place.unit)
    }

    /// The unit kept for the next taker, to give it back. From now on none is kept, if `for_good`.
    pub(in crate::memory) fn take_spare(&mut self, for_good: bool) -> Option<Emptied<U>> {
        self.keeps_spare &= !for_good;
        let spare = self.spare.take()?;
        self.remove(spare)
    }

    /// How many units there may be: the bound of [`look`](Self::look).
    pub(in crate::memory) fn bound(&self) -> usize {
        self.entries.len()
    }

    /// Starts to look through the free places of a unit: none of them is handed out, and the unit stays, until
    /// [`end_look`](Self::end_look). `places` stays empty, and nothing is to be ended, if there is nothing to look at, if somebody
    /// else looks, or if there is no memory for the list.
    pub(in crate::memory) fn look(&mut self, unit: usize, places: &mut Vec<(Place, NonNull<u8>, usize)>) {
        let Some(Some(entry)) = self.entries.get_mut(unit) else { return };
        if entry.free.is_empty() || entry.looked_at || places.try_reserve(entry.free.len()).is_err() {
            return;
        }
        entry.looked_at = true;
        places.extend(entry.free.iter().map(|&at| {
            let (start, len) = entry.unit.place(at);
            (Place { unit, at }, start, len)
        }));
        self.close_unit(unit);
        if self.spare == Some(unit) {
            self.spare = None;
        }
    }

    /// Ends a look; the places in `dirty` are not handed out again, and `fate` says what that means for their unit.
    pub(in crate::memory) fn end_look(&mut self, unit: usize, dirty: &[Place], fate: Fate) -> Option<Emptied<U>> {
        let entry = self.entries.get_mut(unit)?.as_mut()?;
        entry.looked_at = false;
        entry.free.retain(|&at| !dirty.contains(&Place { unit, at }));
        entry.withdrawn |= fate == Fate::Withdraw && !dirty.is_empty();
        self.settle(unit)
    }

    /// Opens the unit, or removes it, as it is now.
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
        // Has room: `add` reserved one for every entry.
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
