//! The state of an actor.

use super::environment::Environment;
use super::shared_state::{Entered, SharedBuffer, SharedState};
use crate::ops::content::Content;
use crate::ops::model::{OwnBuffer, OwnEnclave, OwnStream};
use crate::ops::parts::Origin;
use crate::ops::tally::Tally;
use crate::violation::Violation;
use memguard::Session;
use std::ops::Deref;
use std::sync::Arc;

/// The most accesses and callbacks inside each other. Deeper operations are left out.
pub(super) const DEEPEST: usize = 4;

/// The default number of an actor's buffers. With scratch slots they take at most a dozen pages.
const PLACES: usize = 4;
const ENCLAVES: usize = 2;
const STREAMS: usize = 2;

/// One thread's buffers, enclaves and streams, each with the model of what must be in it.
///
/// No other thread enters these buffers, so every answer of the library is known in advance. The [`Environment`] says
/// what other threads may do to them. Buffers that all threads enter are in the [`SharedState`].
#[derive(Debug)]
pub struct Actor<'s> {
    /// `None` if this thread has returned its handle.
    pub(super) session: Option<SessionHandle<'s>>,
    pub(super) tally: &'s Tally,
    pub(super) environment: Environment<'s>,
    pub(super) shared: Option<&'s SharedState>,
    pub(super) stream_chunk: usize,
    pub(super) seed: u64,
    pub(super) next_id: u64,
    pub(super) buffers: Vec<Option<OwnBuffer>>,
    pub(super) enclaves: Vec<Option<OwnEnclave>>,
    pub(super) streams: Vec<Option<OwnStream>>,
    /// Buffers that were released while this thread is inside. They are dropped when it leaves.
    pub(super) leaving: Vec<OwnBuffer>,
    /// How many accesses this thread holds.
    pub(super) accesses: usize,
    /// How many closures of `Enclave::with_data` this thread is inside. Such a closure holds no access.
    pub(super) shown: usize,
    /// The shared buffers whose callbacks this thread is inside. A callback holds no access, but its caller keeps the
    /// buffer alive when another one takes its place.
    pub(super) callbacks: Vec<Arc<SharedBuffer>>,
    /// Which shared buffers this thread is inside.
    pub(super) entered: Vec<Entered>,
    /// How many planted faults had fired when the current operation began.
    pub(super) fired_before: u64,
    /// Whether waits of this thread time out at once.
    pub(super) waits_expire: bool,
}

/// How an actor reaches its session.
#[derive(Clone, Debug)]
pub(in crate::ops) enum SessionHandle<'s> {
    /// It outlives the actor.
    Borrowed(&'s Session),
    /// It ends when the last thread returns its handle.
    Counted(Arc<Session>),
}

impl Deref for SessionHandle<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        match self {
            Self::Borrowed(session) => session,
            Self::Counted(session) => session,
        }
    }
}

impl<'s> Actor<'s> {
    /// An actor without buffers. Each actor of a seed needs its own `number`, so that contents differ.
    pub fn new(session: &'s Session, tally: &'s Tally, environment: Environment<'s>, seed: u64, number: u64) -> Self {
        Self::with_handle(Some(SessionHandle::Borrowed(session)), tally, environment, seed, number)
    }

    /// An actor with this session handle, or without a session.
    pub(in crate::ops) fn with_handle(
        session: Option<SessionHandle<'s>>,
        tally: &'s Tally,
        environment: Environment<'s>,
        seed: u64,
        number: u64,
    ) -> Self {
        Self {
            session,
            tally,
            environment,
            shared: None,
            // The default of a session.
            stream_chunk: 16 * 1024,
            seed,
            next_id: number << 40,
            buffers: std::iter::repeat_with(|| None).take(PLACES).collect(),
            enclaves: std::iter::repeat_with(|| None).take(ENCLAVES).collect(),
            streams: std::iter::repeat_with(|| None).take(STREAMS).collect(),
            leaving: Vec::new(),
            accesses: 0,
            shown: 0,
            callbacks: Vec::new(),
            entered: Vec::new(),
            fired_before: 0,
            waits_expire: environment.impatient,
        }
    }

    /// With places for this many buffers, and for at least one.
    #[must_use]
    pub fn with_places(mut self, places: usize) -> Self {
        self.buffers.resize_with(places.max(1), || None);
        self
    }

    /// In a session with this `stream_chunk`.
    #[must_use]
    pub fn with_stream_chunk(mut self, bytes: usize) -> Self {
        self.stream_chunk = bytes;
        self
    }

    /// With buffers, enclaves and streams that it shares with other actors.
    #[must_use]
    pub fn with_shared(mut self, shared: &'s SharedState) -> Self {
        self.shared = Some(shared);
        self
    }

    /// This thread's counted handle of the session, if it still has one.
    pub(in crate::ops) fn counted_session(&self) -> Option<Arc<Session>> {
        match &self.session {
            Some(SessionHandle::Counted(session)) => Some(Arc::clone(session)),
            _ => None,
        }
    }

    /// Whether operations may be nested once more.
    pub(super) fn may_nest(&self) -> bool {
        self.accesses + self.shown + self.callbacks.len() < DEEPEST
    }

    /// Empties the actor after a violation. Its model is wrong then and would report the same fault again and again.
    pub(super) fn forget(&mut self) {
        self.was_unwound();
        self.buffers.iter_mut().for_each(|place| *place = None);
        self.enclaves.iter_mut().for_each(|place| *place = None);
        self.streams.iter_mut().for_each(|place| *place = None);
    }

    /// Updates the model after a panic, which has ended every access of this thread.
    pub(super) fn was_unwound(&mut self) {
        (self.accesses, self.shown) = (0, 0);
        self.callbacks.clear();
        self.entered.clear();
        self.leaving.clear();
        for held in self.buffers.iter_mut().flatten() {
            (held.readers, held.writer) = (0, false);
        }
    }

    /// How many buffers are neither destroyed nor purged, at the most.
    pub fn living(&self) -> u64 {
        let held = self.buffers.iter().flatten().chain(&self.leaving).filter(|held| held.is_alive()).count();
        held as u64 + self.open_chunks()
    }

    /// How many of the [`living`](Self::living) may have been purged: a chunk of a stream does not say whether a purge
    /// of another thread, which ran when the chunk was opened, has reached it. After a fault, the first chunk may be a
    /// buffer or not.
    pub fn perhaps_living(&self) -> u64 {
        if self.environment.purges.is_some() { self.open_chunks() } else { self.count_chunks(|open| open.is_none()) }
    }

    /// How many streams have a first chunk that was read in part, or may have been. Such a chunk is a buffer.
    fn open_chunks(&self) -> u64 {
        self.count_chunks(|open| open != Some(false))
    }

    fn count_chunks(&self, which: impl Fn(Option<bool>) -> bool) -> u64 {
        let chunks = self.streams.iter().flatten().filter_map(|queued| queued.chunks.front());
        chunks.filter(|chunk| which(chunk.open) && !chunk.dead).count() as u64
    }

    /// Whether [`living`](Self::living) is exact. After a fault the first chunk of a stream may or may not be a buffer.
    pub(super) fn knows_living(&self) -> bool {
        let mut chunks = self.streams.iter().flatten().filter_map(|queued| queued.chunks.front());
        self.environment.alone && chunks.all(|chunk| chunk.open.is_some() || chunk.dead)
    }

    /// Runs `step` on the buffer at this place. Creates one first if the place is empty. If that fails, `step` does not
    /// run.
    pub(super) fn with(
        &mut self,
        at: usize,
        step: impl FnOnce(&mut Self, &mut OwnBuffer) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        self.fill(at)?;
        // The buffer leaves its place meanwhile, so that the step can put another one there.
        let Some(mut held) = self.buffers[at].take() else { return Ok(()) };
        held.dead |= self.environment.purged_since(held.born);
        let result = step(self, &mut held);
        match &self.buffers[at] {
            None => self.buffers[at] = Some(held),
            Some(_) => self.release(held),
        }
        result
    }

    /// Creates a buffer at this place if there is none.
    pub(super) fn fill(&mut self, at: usize) -> Result<(), Violation> {
        if self.buffers[at].is_none() { self.create(at, Origin::Bytes, 32) } else { Ok(()) }
    }

    /// Drops what is at this place.
    pub(super) fn vacate(&mut self, at: usize) {
        if let Some(held) = self.buffers[at].take() {
            self.release(held);
        }
    }

    /// Drops a handle. If this thread is inside the buffer, the handle is dropped when it leaves.
    fn release(&mut self, held: OwnBuffer) {
        if held.is_inside() {
            self.leaving.push(held);
        }
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn next_content(&mut self) -> Content {
        Content::new(self.seed, self.next_id())
    }
}
