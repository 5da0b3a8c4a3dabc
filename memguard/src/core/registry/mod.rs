//! The registry: every live buffer of a session, so that one call can wipe them all.
//!
//! BUFFERS guards a slab of strong references to nodes. A thread that creates or destroys a buffer only *tries*
//! BUFFERS. If the try fails, the thread leaves the buffer in the [`inbox`]. The next holder of BUFFERS *settles* the
//! inbox: it takes parked buffers in and drops destroyed ones. A section under BUFFERS takes O(1), and one step for
//! each node that it settles or dooms. It makes no system call and takes no other lock, except in the allocator. If
//! there is no memory for a larger slab, the node is parked.

mod inbox;
mod slab;

use crate::core::counters::Counters;
use crate::core::node::Node;
use crate::sync::{Class, Doom, Mutex, MutexGuard, Poisoned, Site, TryLockError, atomic};
use inbox::{Chain, Inbox};
use slab::Slab;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Registry {
    contents: Mutex<Contents>,
    inbox: Inbox,
    /// Rises by one when a purge begins to take the registry's contents, and by one when it is done. It is odd
    /// meanwhile.
    purges: atomic::AtomicU64,
    /// How many nodes are in the inbox. Only reports use it.
    in_inbox: AtomicU64,
    counters: Arc<Counters>,
}

/// What BUFFERS guards.
#[derive(Debug, Default)]
struct Contents {
    slab: Slab,
    /// Buffers that purges have doomed and not wiped yet. Purges at the same time share them.
    doomed: Chain,
}

impl Contents {
    fn next_doomed(&mut self) -> Option<Doomed> {
        let node = self.doomed.next()?;
        let (doom, more) = (node.link.noted(), !self.doomed.is_empty());
        Some(Doomed { node, doom, more })
    }
}

/// A doomed buffer for a purge to wipe, with what dooming it found.
pub(crate) struct Doomed {
    pub(crate) node: Arc<Node>,
    pub(crate) doom: Doom,
    /// Whether others were left.
    more: bool,
}

/// A point in the sequence of purges.
#[derive(Debug)]
pub(crate) struct Moment(u64);

impl Registry {
    pub(crate) fn new(counters: Arc<Counters>) -> Self {
        Self {
            contents: Mutex::new(Class::Buffers, Contents::default()),
            inbox: Inbox::new(),
            purges: atomic::AtomicU64::new(0),
            in_inbox: AtomicU64::new(0),
            counters,
        }
    }

    /// Takes a new buffer in, or parks it. From here on a purge reaches it either way.
    pub(crate) fn add(&self, node: Arc<Node>) {
        let Some(mut contents) = self.try_enter(Site::RegistryAdd) else {
            self.park(node);
            return;
        };
        self.settle(&mut contents.slab);
        match contents.slab.vacancy() {
            Some(index) => {
                node.link.enter(index);
                contents.slab.fill(index, node);
            }
            None => {
                drop(contents);
                self.park(node);
            }
        }
    }

    /// Takes a destroyed buffer out, or leaves a tombstone in the inbox.
    pub(crate) fn remove(&self, node: &Arc<Node>) {
        let Some(index) = node.link.leave() else { return };
        match self.try_enter(Site::RegistryRemove) {
            Some(mut contents) => {
                contents.slab.remove(index, node);
                self.settle(&mut contents.slab);
            }
            None => {
                self.counters.note(|counters| &counters.deferred_removals);
                node.link.depart_through_inbox(index);
                self.push(Arc::clone(node));
            }
        }
    }

    /// Dooms all buffers, the parked ones included. [`remove`](Self::remove) then does nothing for them. Returns how
    /// many it doomed, and the first of those that it or other purges have doomed and not wiped yet.
    ///
    /// They are doomed before BUFFERS is released, so the next holder sees them doomed. That takes a few steps for each
    /// buffer. No thread that creates or destroys a buffer waits for BUFFERS meanwhile.
    pub(crate) fn doom_all(&self) -> (u64, Option<Doomed>) {
        let mut contents = self.enter(Site::RegistryPurge);
        self.purges.fetch_add(1, Ordering::AcqRel);
        let slab = std::mem::take(&mut contents.slab);
        let mut count = 0;
        let mut doom = |node: Arc<Node>| {
            let doom = node.lease.doom_quietly();
            count += u64::from(doom != Doom::Already);
            node.link.note(doom);
            contents.doomed.push(node);
        };
        // A node that leaves may be in the slab and in the inbox. The thread that destroyed it wipes it.
        for node in self.inbox.take_all() {
            self.taken_out();
            if node.link.departed_from().is_none() {
                node.link.leave();
                doom(node);
            }
        }
        for node in slab.into_nodes() {
            if node.link.leave().is_some() {
                doom(node);
            }
        }
        self.purges.fetch_add(1, Ordering::AcqRel);
        (count, contents.next_doomed())
    }

    /// The next doomed buffer for the purge that has wiped this one.
    pub(crate) fn next_doomed(&self, wiped: &Doomed) -> Option<Doomed> {
        if wiped.more { self.enter(Site::RegistryNext).next_doomed() } else { None }
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

    /// Settles the inbox and counts: buffers in the registry, and nodes that were waiting when the count began.
    pub(crate) fn count(&self) -> (u64, u64) {
        let waiting = self.in_inbox.load(Ordering::Relaxed);
        let mut contents = self.enter(Site::RegistryHealth);
        self.settle(&mut contents.slab);
        (contents.slab.len() as u64, waiting)
    }

    fn park(&self, node: Arc<Node>) {
        self.counters.note(|counters| &counters.parked_registrations);
        node.link.park();
        self.push(node);
    }

    fn push(&self, node: Arc<Node>) {
        self.in_inbox.fetch_add(1, Ordering::Relaxed);
        self.inbox.push(node);
    }

    fn taken_out(&self) {
        self.in_inbox.fetch_sub(1, Ordering::Relaxed);
    }

    /// Takes in or drops every node that waits in the inbox.
    fn settle(&self, slab: &mut Slab) {
        for node in self.inbox.take_all() {
            self.taken_out();
            if let Some(index) = node.link.departed_from() {
                slab.remove(index, &node);
                continue;
            }
            match slab.vacancy() {
                Some(index) if node.link.unpark(index) => slab.fill(index, node),
                // It was destroyed while it was parked: there is nothing to take in.
                Some(index) => slab.give_back(index),
                // There is no memory for a larger slab: the node goes on waiting.
                None => self.push(node),
            }
        }
    }

    fn try_enter(&self, site: Site) -> Option<MutexGuard<'_, Contents>> {
        match self.contents.try_lock(site) {
            Ok(slab) => Some(slab),
            Err(TryLockError::Poisoned(poisoned)) => Some(self.recovered(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn enter(&self, site: Site) -> MutexGuard<'_, Contents> {
        self.contents.lock(site).unwrap_or_else(|poisoned| self.recovered(poisoned))
    }

    /// Every step of the contents leaves them valid, so a panic cannot have lost a buffer that was in it.
    fn recovered<'a>(&self, poisoned: Poisoned<MutexGuard<'a, Contents>>) -> MutexGuard<'a, Contents> {
        self.counters.note(|counters| &counters.poison_recoveries);
        poisoned.into_inner()
    }
}
