//! Places for what threads share. Any thread may replace a thing while others use it.

use crate::mutex::lock;
use std::sync::{Arc, Mutex};

/// A few places, each for one thing or nothing. Places are taken modulo their number.
///
/// Each place has a lock. It is never held during a call of the library or while a thing is dropped, because wiping a
/// buffer takes time.
#[derive(Debug)]
pub(crate) struct Places<T, const N: usize>([Mutex<Option<Arc<T>>>; N]);

impl<T, const N: usize> Default for Places<T, N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl<T, const N: usize> Places<T, N> {
    pub(crate) const COUNT: usize = N;

    /// What is at this place.
    pub(crate) fn get(&self, at: usize) -> Option<Arc<T>> {
        lock(&self.0[at % N]).clone()
    }

    /// Removes and returns what is at this place.
    pub(crate) fn take(&self, at: usize) -> Option<Arc<T>> {
        lock(&self.0[at % N]).take()
    }

    /// Removes what is at this place, if it is still this very thing.
    pub(crate) fn clear_if_same(&self, at: usize, thing: &Arc<T>) {
        let old = lock(&self.0[at % N]).take_if(|held| Arc::ptr_eq(held, thing));
        drop(old);
    }

    /// Puts something in this place, and returns what was there.
    pub(crate) fn put(&self, at: usize, new: impl Into<Arc<T>>) -> Option<Arc<T>> {
        lock(&self.0[at % N]).replace(new.into())
    }

    /// Everything in the places now.
    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        (0..N).filter_map(|at| self.get(at)).collect()
    }

    /// Empties all places.
    pub(crate) fn clear(&self) {
        (0..N).for_each(|at| drop(self.take(at)));
    }
}
