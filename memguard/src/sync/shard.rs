//! Shards: what a session keeps several times, so that threads that do the same at a time write different cache lines.
//!
//! Each thread has a number, and with it a shard of everything that is sharded. Shards only make things faster: what is
//! in the shard of one thread is reached by all others.

use super::leaf;
use once_cell::race::OnceBox;
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::NonNull;
use std::sync::{Arc, Weak};

/// A value for each shard, on cache lines of its own.
#[derive(Debug)]
pub(crate) struct Shards<T>(Box<[Line<T>]>);

/// Two lines, because processors fetch two at a time.
#[derive(Debug)]
#[repr(align(128))]
struct Line<T>(T);

impl<T> Shards<T> {
    /// So many shards, at least one and at most 256. Of a number that is not a power of two, some are never used.
    pub(crate) fn new(count: usize, mut each: impl FnMut() -> T) -> Self {
        Self((0..count.max(1)).map(|_| Line(each())).collect())
    }

    /// The number of the calling thread's shard.
    #[inline]
    pub(crate) fn here(&self) -> u8 {
        // A remainder would take a division.
        (leaf::shard_number() & (self.0.len() - 1)) as u8
    }

    /// The calling thread's shard.
    #[inline]
    pub(crate) fn mine(&self) -> &T {
        self.at(self.here().into())
    }

    /// The shard of a number that [`here`](Self::here) returned.
    #[inline]
    pub(crate) fn at(&self, number: usize) -> &T {
        &self.0[number].0
    }

    fn map<U>(&self, each: impl FnMut(&T) -> U) -> Shards<U> {
        Shards(self.iter().map(each).map(Line).collect())
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.0.iter().map(|line| &line.0)
    }
}

/// An [`Arc`] whose references are counted in the shard of the thread that made them.
pub(crate) struct ShardArc<T> {
    value: NonNull<T>,
    count: Arc<Count<T>>,
}

/// The count of one shard: that of the `Arc` around this.
/// As long as two cache lines, so that no two counts share one. Aligned, it would take longer to allocate.
struct Count<T> {
    counted: Arc<Counted<T>>,
    _pad: [usize; 14],
}

struct Counted<T> {
    value: T,
    counts: OnceBox<Shards<Weak<Count<T>>>>,
}

/// The owner of the value. It keeps a reference in each shard, so that no other one is the first or the last there.
pub(crate) struct ShardArcs<T>(Shards<ShardArc<T>>);

// SAFETY: it is an `Arc<T>`, with a pointer to what that refers to.
unsafe impl<T: Send + Sync> Send for ShardArc<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for ShardArc<T> {}
impl<T: RefUnwindSafe> UnwindSafe for ShardArc<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for ShardArc<T> {}

impl<T> ShardArcs<T> {
    pub(crate) fn new(shards: usize, value: T) -> Self {
        let counted = Arc::new(Counted { value, counts: OnceBox::new() });
        let arcs = Shards::new(shards, || ShardArc {
            value: NonNull::from(&counted.value),
            count: Arc::new(Count { counted: Arc::clone(&counted), _pad: [0; 14] }),
        });
        let counts = arcs.map(|arc| Arc::downgrade(&arc.count));
        // It is not set yet: no other thread has it.
        let _ = counted.counts.set(Box::new(counts));
        Self(arcs)
    }
}

impl<T> Deref for ShardArcs<T> {
    type Target = ShardArc<T>;

    #[inline]
    fn deref(&self) -> &ShardArc<T> {
        self.0.at(0)
    }
}

impl<T> ShardArc<T> {
    pub(crate) fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.value == other.value
    }
}

/// Counts in the shard of the calling thread, unless the owner is gone and nothing else counts there.
impl<T> Clone for ShardArc<T> {
    #[inline]
    fn clone(&self) -> Self {
        let counts = self.count.counted.counts.get();
        let mine = counts.and_then(|counts| counts.mine().upgrade());
        Self { value: self.value, count: mine.unwrap_or_else(|| Arc::clone(&self.count)) }
    }
}

impl<T> Deref for ShardArc<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: `count` keeps the value alive, and it does not move.
        unsafe { self.value.as_ref() }
    }
}

impl<T: fmt::Debug> fmt::Debug for ShardArc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for ShardArcs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (***self).fmt(f)
    }
}
