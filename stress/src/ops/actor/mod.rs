//! The actor: applies operations to a session and to a record of its own, and compares.

mod bytes;
mod commons;
mod enclaves;
mod judge;
mod lives;
mod looks;
mod nested;
mod readers;
mod streams;

pub use commons::Commons;
pub use judge::{Hazards, PurgeWatch};

use super::content::Content;
use super::record::{Held, Queued, Shelved};
use super::{Op, Origin, Tally};
use crate::{Guarantee, Violation, planted};
use judge::{Answer, May};
use memguard::Session;

/// Buffers that an actor holds at once, unless told otherwise: with scratch slots at most a dozen pages.
const PLACES: usize = 4;
const SHELVES: usize = 2;
const STREAMS: usize = 2;

/// One thread's buffers, enclaves and streams, each with the record of what must be in it.
///
/// Nobody else enters these buffers, so every answer of the library can be foretold, apart from what the [`Hazards`] allow
/// other threads to do to them. What all threads enter is in the [`Commons`].
#[derive(Debug)]
pub struct Actor<'s> {
    session: &'s Session,
    tally: &'s Tally,
    hazards: Hazards<'s>,
    commons: Option<&'s Commons>,
    stream_chunk: usize,
    seed: u64,
    next_id: u64,
    buffers: Vec<Option<Held>>,
    shelf: Vec<Option<Shelved>>,
    streams: Vec<Option<Queued>>,
    /// Buffers that were dropped while this thread is inside: they go when it leaves.
    leaving: Vec<Held>,
    /// How many accesses this thread is inside.
    depth: usize,
    /// Which buffers of the commons this thread is inside, and whether to write.
    inside_commons: Vec<commons::Inside>,
    /// How many planted faults had fired when the operation under way began.
    fired_before: u64,
}

impl<'s> Actor<'s> {
    /// An actor without buffers. `number` must differ between the actors of one seed: their contents must not be alike.
    pub fn new(session: &'s Session, tally: &'s Tally, hazards: Hazards<'s>, seed: u64, number: u64) -> Self {
        let mut actor = Self {
            session,
            tally,
            hazards,
            commons: None,
            // A session's own default.
            stream_chunk: 16 * 1024,
            seed,
            next_id: number << 40,
            buffers: Vec::new(),
            shelf: std::iter::repeat_with(|| None).take(SHELVES).collect(),
            streams: std::iter::repeat_with(|| None).take(STREAMS).collect(),
            leaving: Vec::new(),
            depth: 0,
            inside_commons: Vec::new(),
            fired_before: 0,
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

    /// In a session with this `stream_chunk`.
    #[must_use]
    pub fn with_stream_chunk(mut self, bytes: usize) -> Self {
        self.stream_chunk = bytes;
        self
    }

    /// With buffers that it shares with other actors.
    #[must_use]
    pub fn with_commons(mut self, commons: &'s Commons) -> Self {
        self.commons = Some(commons);
        self
    }

    fn set_places(&mut self, places: usize) {
        self.buffers.resize_with(places, || None);
    }

    /// Applies one operation and judges the answer.
    ///
    /// # Errors
    /// The promise that did not hold.
    pub fn apply(&mut self, op: &Op) -> Result<(), Violation> {
        let judgement = planted::survive(|| self.perform(op)).unwrap_or_else(|| {
            self.was_unwound();
            Ok(())
        });
        // After a violation the record is worth nothing, and would find the same fault in every operation to come.
        judgement.inspect_err(|_| self.forget())
    }

    fn forget(&mut self) {
        self.was_unwound();
        self.buffers.iter_mut().for_each(|place| *place = None);
        self.shelf.iter_mut().for_each(|place| *place = None);
        self.streams.iter_mut().for_each(|place| *place = None);
    }

    /// A panic has left every access that this thread was inside.
    fn was_unwound(&mut self) {
        self.depth = 0;
        self.inside_commons.clear();
        self.leaving.clear();
        for held in self.buffers.iter_mut().flatten() {
            (held.readers, held.writer) = (0, false);
        }
    }

    /// Applies one operation, at top level or nested.
    fn perform(&mut self, op: &Op) -> Result<(), Violation> {
        self.fired_before = self.hazards.faults_fired();
        let (places, shelves) = (self.buffers.len(), self.shelf.len());
        let (place, shelf) = (|at: u8| usize::from(at) % places, |at: u8| usize::from(at) % shelves);
        match *op {
            Op::Create { at, origin, len } => self.create(place(at), origin, len.into()),
            Op::Read { at, by } => self.with(place(at), |actor, held| actor.read(held, by)),
            Op::Write { at, by, offset, len } => {
                self.with(place(at), |actor, held| actor.write(held, by, offset.into(), len.into()))
            }
            Op::Wipe(at) => self.with(place(at), Self::wipe),
            Op::Scramble(at) => self.with(place(at), Self::scramble),
            Op::Freeze(at) => self.with(place(at), |actor, held| actor.protect(held, true)),
            Op::Melt(at) => self.with(place(at), |actor, held| actor.protect(held, false)),
            Op::Clone { from, to } => self.with(place(from), |actor, held| actor.clone_to(held, place(to))),
            Op::Inspect(at) => self.with(place(at), |actor, held| actor.inspect(held)),
            Op::Destroy(at) => self.with(place(at), |actor, held| actor.destroy(held)),
            Op::Drop(at) => {
                self.vacate(place(at));
                Ok(())
            }
            Op::Seal { at, shelf: to } => self.with(place(at), |actor, held| actor.seal(held, shelf(to))),
            Op::Enclose { shelf: to, len } => self.enclose(shelf(to), len.into()),
            Op::Open { shelf: from, at } => self.open(shelf(from), place(at)),
            Op::Tamper { shelf: from, damage } => self.tamper(shelf(from), damage),
            Op::Purge => self.purge(),
            Op::PurgeInside(at) => self.nest(place(at), super::Entering::ReadClosure, &[Op::Purge]),
            Op::Nest { at, by, ref ops } => self.nest(place(at), by, ops),
            Op::Together { reads, writes, ref ops } => self.together(reads, writes, ops),
            Op::Take { at, by, ref reader } => self.take(place(at), by, reader),
            Op::Queue { at, by } => self.queue(usize::from(at) % self.streams.len(), by),
            Op::Rekey => self.rekey(),
            Op::Look(look) => self.look(look),
            Op::Fault { call, after } => {
                self.plant(call, after);
                Ok(())
            }
            Op::Panic if self.depth > 0 => planted::panic(),
            Op::Panic => Ok(()),
            Op::Share { at, ref by } => self.share(at.into(), by),
        }
    }

    /// Compares every buffer with the record.
    ///
    /// # Errors
    /// The promise that did not hold.
    pub fn verify(&mut self) -> Result<(), Violation> {
        self.fired_before = self.hazards.faults_fired();
        for at in 0..self.buffers.len() {
            if self.buffers[at].is_some() {
                self.with(at, |actor, held| actor.read(held, super::Reading::Closure))?;
            }
        }
        (0..self.streams.len()).try_for_each(|at| self.queue(at, super::Queueing::Len))
    }

    /// How many buffers there are that nobody destroyed or purged.
    pub fn living(&self) -> u64 {
        let held = self.buffers.iter().flatten().chain(&self.leaving).filter(|held| held.is_alive()).count();
        // The first chunk of a stream, read in part, is a buffer of its own.
        let chunks = self.streams.iter().flatten().filter_map(|queued| queued.chunks.front());
        (held + chunks.filter(|chunk| chunk.open == Some(true) && !chunk.dead).count()) as u64
    }

    /// Whether [`living`](Self::living) is right: a fault leaves open whether the first chunk of a stream is a buffer.
    fn knows_what_lives(&self) -> bool {
        let mut chunks = self.streams.iter().flatten().filter_map(|queued| queued.chunks.front());
        self.hazards.alone && chunks.all(|chunk| chunk.open.is_some() || chunk.dead)
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
        self.fill(at)?;
        // Out of the table meanwhile, so that the step can put another buffer into it, here or elsewhere.
        let Some(mut held) = self.buffers[at].take() else { return Ok(()) };
        held.dead |= self.hazards.purged_since(held.born);
        let result = step(self, &mut held);
        match &self.buffers[at] {
            None => self.buffers[at] = Some(held),
            Some(_) => self.let_go(held),
        }
        result
    }

    /// Makes a buffer at this place if there is none.
    fn fill(&mut self, at: usize) -> Result<(), Violation> {
        if self.buffers[at].is_none() { self.create(at, Origin::Bytes, 32) } else { Ok(()) }
    }

    /// Drops what is at this place.
    fn vacate(&mut self, at: usize) {
        if let Some(held) = self.buffers[at].take() {
            self.let_go(held);
        }
    }

    /// Drops a handle. What this thread is inside goes when it leaves.
    fn let_go(&mut self, held: Held) {
        if held.is_inside() {
            self.leaving.push(held);
        }
    }

    fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn next_content(&mut self) -> Content {
        Content::new(self.seed, self.next_id())
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
