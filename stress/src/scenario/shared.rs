//! What workers share: places for buffers and enclaves, and buffers whose bytes say whether they are whole.

use crate::mutex::lock;
use crate::ops::tagged;
use crate::{Guarantee, Violation};
use memguard::{Buffer, Session};
use std::sync::{Arc, Mutex};

/// A place that holds one thing or nothing. Any worker may replace the thing while others use it.
pub(super) struct Place<T>(Mutex<Option<Arc<T>>>);

impl<T> Place<T> {
    pub(super) fn empty() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn get(&self) -> Option<Arc<T>> {
        lock(&self.0).clone()
    }

    /// Puts the thing in the place and returns the one that was there.
    pub(super) fn replace(&self, thing: T) -> Option<Arc<T>> {
        lock(&self.0).replace(Arc::new(thing))
    }

    /// Empties the place.
    pub(super) fn clear(&self) {
        let old = lock(&self.0).take();
        // Dropped outside the lock: wiping a buffer takes time.
        drop(old);
    }

    /// Empties the place if it still holds this very thing.
    pub(super) fn clear_if_same(&self, thing: &Arc<T>) {
        let old = lock(&self.0).take_if(|held| Arc::ptr_eq(held, thing));
        drop(old);
    }
}

/// A buffer of `len` bytes that hold the stamp `id`.
pub(super) fn stamped_buffer(session: &Session, seed: u64, id: u64, len: usize) -> memguard::Result<Buffer> {
    let buffer = session.buffer(len)?;
    buffer.with_data_mut(|bytes| tagged::write(seed, id, bytes))?;
    Ok(buffer)
}

/// The id of the stamp in the bytes of a shared buffer.
pub(super) fn stamp_of(seed: u64, bytes: &[u8]) -> Result<u64, Violation> {
    tagged::check(seed, bytes).map_err(|how| Violation::new(Guarantee::Exact, format!("a shared buffer: {how}")))
}
