//! The registry: every live buffer of a session, so that one call can wipe them all.
//!
//! It has shards. In each, BUFFERS guards a list of strong references to nodes. A thread that creates or destroys a
//! buffer only *tries* BUFFERS. If the try fails, the thread leaves the buffer in the [`inbox`]. The next holder of
//! BUFFERS *settles* the inbox: it takes parked buffers in and takes destroyed ones out. A section under BUFFERS takes
//! O(1), and one step for each node that it settles or dooms. It makes no system call, takes no other lock, not even
//! BUFFERS of another shard, and neither allocates nor frees.

mod inbox;
mod list;

use crate::core::counters::Counters;
use crate::core::node::Node;
use crate::sync::{Class, Doom, Mutex, MutexGuard, Poisoned, Shards, Site, TryLockError, atomic};
use inbox::{Chain, Inbox};
use list::List;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Registry {
    shards: Shards<Shard>,
    /// Rises by one when a purge begins to take the registry's contents, and by one when it is done. It is odd
    /// meanwhile.
    purges: atomic::AtomicU64,
}

/// Buffers of the threads that have this shard.
#[derive(Debug)]
struct Shard {
    contents: Mutex<Contents>,
    inbox: Inbox,
    /// How many nodes are in the inbox. Only reports use it.
    in_inbox: AtomicU64,
    counters: Arc<Counters>,
}

/// What BUFFERS guards.
#[derive(Debug, Default)]
struct Contents {
    nodes: List,
    /// Buffers that purges have doomed and not wiped yet. Purges at the same time share them.
    doomed: Chain,
}

/// BUFFERS is held until this is dropped.
struct Holding<'r> {
    contents: MutexGuard<'r, Contents>,
    /// Nodes that came out of the registry. Fields are dropped in this order, so these after BUFFERS is released.
    gone: Chain,
}

/// A doomed buffer for a purge to wipe. Its link notes what dooming it found.
pub(crate) struct Doomed {
    pub(crate) node: Arc<Node>,
    /// Where others were left.
    left: Left,
}

/// The shards in which a purge saw doomed buffers, one bit each.
#[derive(Clone, Copy, Debug, Default)]
struct Left(u64);

impl Left {
    fn note(&mut self, shard: usize, doomed: &Chain) {
        let bit = 1 << shard;
        self.0 = if doomed.is_empty() { self.0 & !bit } else { self.0 | bit };
    }

    fn first(self) -> Option<usize> {
        (self.0 != 0).then(|| self.0.trailing_zeros() as usize)
    }
}

/// A point in the sequence of purges.
#[derive(Debug)]
pub(crate) struct Moment(u64);

impl Registry {
    pub(crate) fn new(shards: usize, counters: &Arc<Counters>) -> Self {
        let shard = || Shard {
            contents: Mutex::new(Class::Buffers, Contents::default()),
            inbox: Inbox::new(),
            in_inbox: AtomicU64::new(0),
            counters: Arc::clone(counters),
        };
        Self { shards: Shards::new(shards, shard), purges: atomic::AtomicU64::new(0) }
    }

    /// The number of the shard for a buffer that the calling thread makes.
    #[inline]
    pub(crate) fn shard_here(&self) -> u8 {
        self.shards.here()
    }

    fn shard_of(&self, node: &Node) -> &Shard {
        self.shards.at(node.shard.into())
    }

    /// Takes a new buffer in, or parks it. From here on a purge reaches it either way.
    pub(crate) fn add(&self, node: Arc<Node>) {
        let shard = self.shard_of(&node);
        match shard.try_enter(Site::RegistryAdd) {
            Some(mut holding) => {
                node.link.enter();
                holding.contents.nodes.push(node);
            }
            None => {
                shard.counters.note(|counters| &counters.parked_registrations);
                node.link.park();
                shard.push(node);
            }
        }
    }

    /// Takes a destroyed buffer out, or leaves a tombstone in the inbox.
    pub(crate) fn remove(&self, node: &Arc<Node>) {
        if !node.link.leave() {
            return;
        }
        let shard = self.shard_of(node);
        match shard.try_enter(Site::RegistryRemove) {
            // SAFETY: this thread made the node leave, so the node is still in the list.
            Some(mut holding) => unsafe { holding.contents.nodes.remove(node) },
            None => {
                shard.counters.note(|counters| &counters.deferred_removals);
                node.link.depart_through_inbox();
                shard.push(Arc::clone(node));
            }
        }
    }

    /// Dooms all buffers, the parked ones included. [`remove`](Self::remove) then does nothing for them. Returns how
    /// many it doomed, the first of those that it or other purges have doomed and not wiped yet, and what the caller
    /// drops after it has released COFFER.
    ///
    /// They are doomed before BUFFERS of their shard is released, so the next holder sees them doomed. That takes a few
    /// steps for each buffer. No thread that creates or destroys a buffer waits for BUFFERS meanwhile. The caller holds
    /// COFFER, so one thread at a time does this.
    pub(crate) fn doom_all(&self) -> (u64, Option<Doomed>, impl Sized + use<>) {
        // Before the first inbox is settled. Otherwise a buffer could be parked in between and take this purge for a
        // later one.
        self.purges.fetch_add(1, Ordering::AcqRel);
        let (mut count, mut first, mut left, mut all_gone) = (0, None, Left::default(), Chain::default());
        for (number, shard) in self.shards.iter().enumerate() {
            let contents = shard.lock(Site::RegistryPurge);
            let Holding { mut contents, gone } = shard.settle(contents, shard.inbox.take_all());
            let Contents { nodes, doomed } = &mut *contents;
            // A node that leaves stays. The thread that destroyed it wipes it.
            nodes.leave_all(|node| {
                let doom = node.lease.doom_quietly();
                count += u64::from(doom != Doom::Already);
                node.link.note(doom);
                doomed.push(node);
            });
            first = first.or_else(|| doomed.next());
            left.note(number, doomed);
            drop(contents);
            gone.for_each(|node| all_gone.push(node));
        }
        self.purges.fetch_add(1, Ordering::AcqRel);
        (count, first.map(|node| Doomed { node, left }), all_gone)
    }

    /// The next doomed buffer for the purge that has wiped this one.
    pub(crate) fn next_doomed(&self, wiped: &Doomed) -> Option<Doomed> {
        let mut left = wiped.left;
        while let Some(number) = left.first() {
            let doomed = &mut self.shards.at(number).enter(Site::RegistryNext).contents.doomed;
            let next = doomed.next();
            left.note(number, doomed);
            if let Some(node) = next {
                return Some(Doomed { node, left });
            }
        }
        None
    }

    /// The current moment, for a later call of [`purged_since`](Self::purged_since).
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.purges.load(Ordering::Acquire))
    }

    /// Whether a purge was taking buffers at that moment or has begun to since. If `false`, earlier purges had finished
    /// dooming by that moment, and later ones will find every buffer that is registered now.
    pub(crate) fn purged_since(&self, moment: &Moment) -> bool {
        moment.0 % 2 == 1 || self.purges.load(Ordering::Acquire) != moment.0
    }

    /// Settles the inboxes and counts: buffers in the registry, and nodes that were waiting when the count began.
    pub(crate) fn count(&self) -> (u64, u64) {
        let mut count = (0, 0);
        for shard in self.shards.iter() {
            count.1 += shard.in_inbox.load(Ordering::Relaxed);
            count.0 += shard.enter(Site::RegistryHealth).contents.nodes.len() as u64;
        }
        count
    }
}

impl Shard {
    fn push(&self, node: Arc<Node>) {
        self.in_inbox.fetch_add(1, Ordering::Relaxed);
        self.inbox.push(node);
    }

    /// Settles what was in the inbox: takes each node in, or out.
    #[cold]
    fn settle<'r>(&self, mut contents: MutexGuard<'r, Contents>, waiting: Chain) -> Holding<'r> {
        let mut gone = Chain::default();
        for node in waiting {
            self.in_inbox.fetch_sub(1, Ordering::Relaxed);
            if node.link.departs() {
                // SAFETY: the thread that made the node leave left that to this one.
                unsafe { contents.nodes.remove(&node) };
            } else if node.link.unpark() {
                contents.nodes.push(node);
                continue;
            }
            // It has left, or was destroyed while it was parked.
            gone.push(node);
        }
        Holding { contents, gone }
    }

    fn try_enter(&self, site: Site) -> Option<Holding<'_>> {
        let contents = match self.contents.try_lock(site) {
            Ok(contents) => contents,
            Err(TryLockError::Poisoned(poisoned)) => self.recovered(poisoned),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(self.settle_what_is_seen(contents))
    }

    fn enter(&self, site: Site) -> Holding<'_> {
        self.settle_what_is_seen(self.lock(site))
    }

    /// Settles what can be seen in the inbox. What is pushed at this moment is left to the next holder.
    #[inline]
    fn settle_what_is_seen<'r>(&self, contents: MutexGuard<'r, Contents>) -> Holding<'r> {
        if self.inbox.seems_empty() {
            Holding { contents, gone: Chain::default() }
        } else {
            self.settle(contents, self.inbox.take_all())
        }
    }

    fn lock(&self, site: Site) -> MutexGuard<'_, Contents> {
        self.contents.lock(site).unwrap_or_else(|poisoned| self.recovered(poisoned))
    }

    /// Every step of the contents leaves them valid, so a panic cannot have lost a buffer that was in it.
    fn recovered<'a>(&self, poisoned: Poisoned<MutexGuard<'a, Contents>>) -> MutexGuard<'a, Contents> {
        self.counters.note(|counters| &counters.poison_recoveries);
        poisoned.into_inner()
    }
}
