//! The actor: applies operations to a session and to a record of its own, and compares.

mod bytes;
mod enclaves;
mod judge;

pub use judge::{Hazards, PurgeWatch};

use super::content::Content;
use super::record::{Contents, Held, Shelved};
use super::{Op, Origin, Tally};
use crate::{Guarantee, Violation};
use judge::{Answer, May};
use memguard::{Error, Session};

/// Buffers that an actor holds at once, unless told otherwise: with scratch slots at most a dozen pages.
const PLACES: usize = 4;
const SHELVES: usize = 2;

/// One thread's buffers and enclaves, each with the record of what must be in it.
///
/// Nobody else enters these buffers, so every answer of the library can be foretold, apart from what the [`Hazards`] allow
/// other threads to do to them.
#[derive(Debug)]
pub struct Actor<'s> {
    session: &'s Session,
    tally: &'s Tally,
    hazards: Hazards<'s>,
    seed: u64,
    next_id: u64,
    buffers: Vec<Option<Held>>,
    shelf: Vec<Option<Shelved>>,
}

impl<'s> Actor<'s> {
    /// An actor without buffers. `number` must differ between the actors of one seed: their contents must not be alike.
    pub fn new(session: &'s Session, tally: &'s Tally, hazards: Hazards<'s>, seed: u64, number: u64) -> Self {
        let mut actor = Self {
            session,
            tally,
            hazards,
            seed,
            next_id: number << 40,
            buffers: Vec::new(),
            shelf: std::iter::repeat_with(|| None).take(SHELVES).collect(),
        };
        actor.set_places(PLACES);
        actor
    }

    /// With room for this many buffers, and at least one.
    #[must_use]
    pub fn with_places(mut self, places: usize) -> Self {
        self.set_places(places.max(1));
        self
    }

    fn set_places(&mut self, places: usize) {
        self.buffers.resize_with(places, || None);
    }

    /// Applies one operation and judges the answer.
    ///
    /// # Errors
    /// The promise that did not hold.
    pub fn apply(&mut self, op: Op) -> Result<(), Violation> {
        // After a violation the record is worth nothing, and would find the same fault in every operation to come.
        self.perform(op).inspect_err(|_| self.forget())
    }

    fn forget(&mut self) {
        self.buffers.iter_mut().for_each(|place| *place = None);
        self.shelf.iter_mut().for_each(|place| *place = None);
    }

    fn perform(&mut self, op: Op) -> Result<(), Violation> {
        let (places, shelves) = (self.buffers.len(), self.shelf.len());
        let (place, shelf) = (|at: usize| at % places, |at: usize| at % shelves);
        match op {
            Op::Create { at, origin, len } => self.create(place(at), origin, len),
            Op::Read { at, by } => self.with(place(at), |actor, held| actor.read(held, by)),
            Op::Write { at, by, offset, len } => self.with(place(at), |actor, held| actor.write(held, by, offset, len)),
            Op::Wipe(at) => self.with(place(at), Self::wipe),
            Op::Scramble(at) => self.with(place(at), Self::scramble),
            Op::Freeze(at) => self.with(place(at), |actor, held| actor.protect(held, true)),
            Op::Melt(at) => self.with(place(at), |actor, held| actor.protect(held, false)),
            Op::Clone { from, to } => self.with(place(from), |actor, held| actor.clone_to(held, place(to))),
            Op::Inspect(at) => self.with(place(at), |actor, held| actor.inspect(held)),
            Op::Destroy(at) => self.with(place(at), |actor, held| actor.destroy(held)),
            Op::Drop(at) => {
                self.buffers[place(at)] = None;
                Ok(())
            }
            Op::Seal { at, shelf: to } => self.with(place(at), |actor, held| actor.seal(held, shelf(to))),
            Op::Enclose { shelf: to, len } => self.enclose(shelf(to), len),
            Op::Open { shelf: from, at } => self.open(shelf(from), place(at)),
            Op::Tamper { shelf: from, damage } => self.tamper(shelf(from), damage),
            Op::Purge => self.purge(),
            Op::PurgeInside(at) => self.with(place(at), |actor, held| actor.purge_inside(held)),
        }
    }

    /// Compares every buffer with the record.
    ///
    /// # Errors
    /// The promise that did not hold.
    pub fn verify(&mut self) -> Result<(), Violation> {
        for at in 0..self.buffers.len() {
            if self.buffers[at].is_some() {
                self.with(at, |actor, held| actor.read(held, super::Reading::Closure))?;
            }
        }
        Ok(())
    }

    /// How many buffers there are that nobody destroyed or purged.
    pub fn living(&self) -> u64 {
        self.buffers.iter().flatten().filter(|held| !held.dead && held.buffer.is_alive()).count() as u64
    }

    /// A purge has returned, while nothing else was going on: no buffer is left, and no enclave opens.
    ///
    /// # Errors
    /// The promise that did not hold.
    pub fn was_purged(&mut self) -> Result<(), Violation> {
        self.after_own_purge(true)?;
        self.verify()?;
        (0..self.shelf.len())
            .filter(|&at| self.shelf[at].is_some())
            .collect::<Vec<_>>()
            .into_iter()
            .try_for_each(|at| self.open(at, 0))
    }

    /// Runs `step` on the buffer at this place, which is made first if there is none. No buffer, no step: a hazard took it.
    fn with(
        &mut self,
        at: usize,
        step: impl FnOnce(&mut Self, &mut Held) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        if self.buffers[at].is_none() {
            self.create(at, Origin::Bytes, 32)?;
        }
        // Out of the table meanwhile, so that the step can put another buffer into it, here or elsewhere.
        let Some(mut held) = self.buffers[at].take() else { return Ok(()) };
        held.dead |= self.hazards.purged_since(held.born);
        let result = step(self, &mut held);
        self.buffers[at].get_or_insert(held);
        result
    }

    fn next_content(&mut self) -> Content {
        self.next_id += 1;
        Content::new(self.seed, self.next_id)
    }

    fn create(&mut self, at: usize, origin: Origin, len: usize) -> Result<(), Violation> {
        self.buffers[at] = None;
        let wanted = (len == 0).then_some(Error::EmptyLength);
        let (got, contents) = match origin {
            Origin::Zeros => (self.session.buffer(len), Contents::Known(vec![0; len])),
            Origin::Random => (self.session.random_buffer(len), Contents::Random(len)),
            Origin::Bytes => {
                let bytes = self.next_content().bytes(len);
                let mut source = bytes.clone();
                let got = self.session.buffer_from(&mut source);
                source_is_wiped_or_kept(&bytes, &source, got.is_ok())?;
                (got, Contents::Known(bytes))
            }
        };
        if let Answer::Done(buffer) = self.judge("creating a buffer", got, wanted, May::BE_MADE)? {
            let frozen = origin != Origin::Zeros;
            let born = self.hazards.purges_begun();
            self.buffers[at] = Some(Held { buffer, contents, frozen, dead: false, born });
        }
        Ok(())
    }

    fn clone_to(&mut self, held: &mut Held, to: usize) -> Result<(), Violation> {
        self.buffers[to] = None;
        let got = held.buffer.try_clone();
        match self.judge("try_clone", got, held.destroyed(), May::BE_MADE)? {
            Answer::Done(buffer) => {
                let (contents, frozen, born) = (held.contents.clone(), held.frozen, held.born);
                self.buffers[to] = Some(Held { buffer, contents, frozen, dead: false, born });
            }
            // Either of the two was purged; the original will tell when it is used next.
            Answer::Refused | Answer::Purged | Answer::Limited => {}
        }
        Ok(())
    }

    fn destroy(&mut self, held: &mut Held) -> Result<(), Violation> {
        let got = held.buffer.destroy();
        if let Answer::Done(disposal) = self.judge("destroy", got, held.destroyed(), May::BE_USED)? {
            self.tally.disposal(disposal);
            if disposal != memguard::Disposal::Wiped {
                return Err(Violation::new(Guarantee::Wiped, "a buffer in which nobody was inside was handed over"));
            }
        }
        held.dead = true;
        Ok(())
    }

    fn inspect(&mut self, held: &mut Held) -> Result<(), Violation> {
        let buffer = &held.buffer;
        let before = buffer.is_alive();
        let answers = (buffer.len(), buffer.is_empty(), self.session.exists(buffer), buffer.is_mutable());
        let after = buffer.is_alive();
        if after && (held.dead || !before) {
            return Err(Violation::new(Guarantee::Wiped, "a destroyed buffer is alive again"));
        }
        if !after && !held.dead && self.hazards.purges.is_none() {
            return Err(Violation::new(Guarantee::Exact, "a buffer died that nobody destroyed"));
        }
        held.dead |= !after;
        let wanted = if after { (held.contents.len(), false, true, !held.frozen) } else { (0, true, false, false) };
        // A buffer that was purged between the two looks may have answered either way.
        if before == after && answers != wanted {
            let what = format!("len, is_empty, exists and is_mutable are {answers:?} instead of {wanted:?}");
            return Err(Violation::new(Guarantee::Visible, what));
        }
        Ok(())
    }

    fn purge(&mut self) -> Result<(), Violation> {
        let alone = self.purge_now();
        self.after_own_purge(alone)
    }

    /// Purges, and tells whether no other purge ran at any time meanwhile.
    fn purge_now(&self) -> bool {
        let (report, alone) = match self.hazards.purges {
            Some(watch) => watch.during(|| self.session.purge()),
            None => (self.session.purge(), true),
        };
        self.tally.purge(&report);
        alone
    }

    /// A purge that this thread called has returned: everything that this thread made before is gone.
    ///
    /// Another purge may have taken the buffers first and still be on its way to wipe them, so that only a purge that was
    /// `alone` answers for all of them.
    fn after_own_purge(&mut self, alone: bool) -> Result<(), Violation> {
        for held in self.buffers.iter_mut().flatten() {
            if alone && held.buffer.is_alive() {
                return Err(Violation::new(Guarantee::Wiped, "a purge returned and left a buffer alive"));
            }
            held.dead |= !held.buffer.is_alive();
        }
        // The key goes inside the purge in one step, whoever else purges.
        self.shelf.iter_mut().flatten().for_each(|shelved| shelved.dead = true);
        Ok(())
    }
}

impl Held {
    /// The error that every use must give, if the buffer is known to be dead.
    fn destroyed(&self) -> Option<Error> {
        self.dead.then_some(Error::Destroyed)
    }
}

/// A source that was taken over is zero, and one that was not is as it was.
fn source_is_wiped_or_kept(before: &[u8], after: &[u8], taken: bool) -> Result<(), Violation> {
    let (guarantee, right) = match taken {
        true => (Guarantee::Clean, after.iter().all(|&byte| byte == 0)),
        false => (Guarantee::Exact, before == after),
    };
    let state = if taken { "not wiped after it was taken over" } else { "changed by a call that failed" };
    right.then_some(()).ok_or_else(|| Violation::new(guarantee, format!("the source was {state}")))
}
