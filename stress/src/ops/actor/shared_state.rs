//! What the actors of a session share: buffers, enclaves and streams, each in one of a few places.
//!
//! Every secret in here is [tagged](crate::ops::tagged): its bytes say what they must be.

use memguard::{Buffer, Enclave, Stream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The length of each shared secret. It is a multiple of every integer's size, and less than a page, so that there is a
/// canary.
pub(super) const LEN: usize = 32;

/// Buffers, enclaves and streams that all actors of a session may use, change and destroy.
#[derive(Debug, Default)]
pub struct SharedState {
    pub(super) buffers: Places<SharedBuffer, 3>,
    pub(super) enclaves: Places<SharedEnclave, 4>,
    pub(super) streams: Places<Stream, 2>,
    next_id: AtomicU64,
}

/// A shared buffer.
#[derive(Debug)]
pub(super) struct SharedBuffer {
    pub(super) buffer: Buffer,
    /// Whether it was frozen when it was made, or any thread has frozen it since.
    pub(super) frozen: AtomicBool,
}

/// A shared enclave.
#[derive(Debug)]
pub(super) struct SharedEnclave {
    pub(super) enclave: Enclave,
    /// The id of its secret. `None` if it was sealed from a buffer that other threads could write.
    pub(super) id: Option<u64>,
}

/// An access of this thread to a shared buffer.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) shared: Arc<SharedBuffer>,
    pub(super) writes: bool,
}

/// A few places. Each has a lock, which is never held during a call of the library.
#[derive(Debug)]
pub(super) struct Places<T, const N: usize>([Mutex<Option<Arc<T>>>; N]);

impl SharedState {
    /// Drops everything.
    pub fn clear(&self) {
        self.buffers.clear();
        self.enclaves.clear();
        self.streams.clear();
    }

    /// The id of a new secret.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

impl SharedBuffer {
    pub(super) fn new(buffer: Buffer, frozen: bool) -> Arc<Self> {
        Arc::new(Self { buffer, frozen: AtomicBool::new(frozen) })
    }
}

impl<T, const N: usize> Default for Places<T, N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl<T, const N: usize> Places<T, N> {
    pub(super) const COUNT: usize = N;

    /// What is at this place, modulo the number of places.
    pub(super) fn get(&self, at: usize) -> Option<Arc<T>> {
        self.place(at, |place| place.clone())
    }

    /// Removes and returns what is at this place.
    pub(super) fn take(&self, at: usize) -> Option<Arc<T>> {
        self.place(at, Option::take)
    }

    /// Puts something in this place. The old thing is dropped after the lock is released.
    pub(super) fn put(&self, at: usize, new: Arc<T>) {
        let before = self.place(at, |place| place.replace(new));
        drop(before);
    }

    /// Everything in the places now.
    pub(super) fn all(&self) -> Vec<Arc<T>> {
        (0..N).filter_map(|at| self.get(at)).collect()
    }

    fn clear(&self) {
        (0..N).for_each(|at| drop(self.take(at)));
    }

    fn place<R>(&self, at: usize, step: impl FnOnce(&mut Option<Arc<T>>) -> R) -> R {
        step(&mut self.0[at % N].lock().unwrap_or_else(PoisonError::into_inner))
    }
}
