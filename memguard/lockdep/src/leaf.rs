//! What the records of threads and the table of classes are made of: atomics of the system, or those of loom, which
//! permutes their steps.

#[cfg(all(feature = "models", loom))]
pub(crate) use loom::sync::atomic;
#[cfg(not(all(feature = "models", loom)))]
pub(crate) use std::sync::atomic;

/// How many locks a thread can hold at once and be checked. Of more, those in the middle are forgotten.
pub(crate) const DEPTH: usize = if cfg!(all(feature = "models", loom)) { 3 } else { 64 };
/// How many chains of held locks a thread remembers as known.
pub(crate) const CHAINS: usize = if cfg!(all(feature = "models", loom)) { 2 } else { 1024 };
/// How many places of these a chain can have.
pub(crate) const SET: usize = if cfg!(all(feature = "models", loom)) { 1 } else { 4 };
/// How many locks a chain can have that a thread learns later.
pub(crate) const LATER: usize = if cfg!(all(feature = "models", loom)) { 2 } else { 8 };
/// How many further ones it remembers, if it took so many.
pub(crate) const SPILLED: usize = if cfg!(all(feature = "models", loom)) { 2 } else { 512 };
/// How many locks a thread remembers that it took last.
pub(crate) const RECENT: usize = if cfg!(all(feature = "models", loom)) { 2 } else { 64 };
/// How many lists the table of classes has.
pub(crate) const BUCKETS: usize = if cfg!(all(feature = "models", loom)) { 1 } else { 1024 };
/// How many classes a process can have. Further locks are all of the last class.
pub(crate) const CLASSES: usize = if cfg!(all(feature = "models", loom)) { 8 } else { 1 << 15 };
