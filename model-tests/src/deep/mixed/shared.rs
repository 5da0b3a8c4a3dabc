//! What the threads share: a few places for buffers, enclaves and streams, and what is known about the session.

use super::super::draw;
use memguard::{Buffer, Enclave, Sim, Stream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many places of each kind: fewer than threads, so that they meet.
const PLACES: usize = 4;

/// Changed between two steps of shuttle, so outside its view: the places order nothing that the library does not.
pub(super) struct Shared {
    pub(super) sim: Sim,
    pub(super) buffers: Places<Buffer>,
    pub(super) enclaves: Places<Sealed>,
    pub(super) streams: Places<Stream>,
    ending: AtomicBool,
    ended: AtomicBool,
}

/// An enclave, and the byte that its secret consists of.
pub(super) struct Sealed {
    pub(super) enclave: Enclave,
    pub(super) stamp: Stamp,
}

/// What is known about a sealed secret.
#[derive(Clone, Copy)]
pub(super) enum Stamp {
    Exactly(u8),
    /// Sealed from a buffer that others could write.
    Any,
}

pub(super) struct Places<T>([Mutex<Option<Arc<T>>>; PLACES]);

impl Shared {
    pub(super) fn new(sim: &Sim) -> Self {
        Self {
            sim: sim.clone(),
            buffers: Places::default(),
            enclaves: Places::default(),
            streams: Places::default(),
            ending: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        }
    }

    /// Drops everything that is still here.
    pub(super) fn clear(&self) {
        self.buffers.clear();
        self.enclaves.clear();
        self.streams.clear();
    }

    /// From here on the session may end at any step.
    pub(super) fn begin_end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// The session has ended.
    pub(super) fn note_end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<T> Places<T> {
    /// Puts it in some place. What was there is dropped when the place is free again for others: dropping makes steps.
    pub(super) fn put(&self, thing: T) {
        let before = self.at(draw(PLACES), |place| place.replace(Arc::new(thing)));
        drop(before);
    }

    /// What is in some place.
    pub(super) fn get(&self) -> Option<Arc<T>> {
        self.at(draw(PLACES), |place| place.clone())
    }

    /// Takes it away.
    pub(super) fn take(&self) -> Option<Arc<T>> {
        self.at(draw(PLACES), Option::take)
    }

    /// Everything that is here.
    pub(super) fn all(&self) -> Vec<Arc<T>> {
        (0..PLACES).filter_map(|index| self.at(index, |place| place.clone())).collect()
    }

    fn clear(&self) {
        let all: Vec<_> = (0..PLACES).map(|index| self.at(index, Option::take)).collect();
        drop(all);
    }

    fn at<R>(&self, index: usize, look: impl FnOnce(&mut Option<Arc<T>>) -> R) -> R {
        look(&mut self.0[index].lock().unwrap_or_else(PoisonError::into_inner))
    }
}
