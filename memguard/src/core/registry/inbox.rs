//! The inbox: where buffers wait to enter or leave the registry while another thread holds BUFFERS.
//!
//! An intrusive lock-free stack of nodes (R. K. Treiber, *Systems Programming: Coping with Parallelism*, 1986). Pushing
//! never waits and never allocates. All nodes are taken at once, so there is no ABA problem.
//!
//! Pushing and taking both acquire and release, so a push after a `take_all` sees what happened before that `take_all`.
//! The end of a session relies on this. The session marks itself ended and then takes all buffers. A thread that pushes
//! its new buffer too late for that sees the mark.

use crate::core::node::Node;
use crate::sync::leaf::Head;
use crate::sync::{OnDrop, impl_drop};
use std::ptr;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Inbox {
    head: Head<Node>,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self { head: Head::new() }
    }

    /// Pushes a node. No other thread may push it until it is taken out again.
    pub(super) fn push(&self, node: Arc<Node>) {
        let node = Arc::into_raw(node).cast_mut();
        let mut seen = self.head.look();
        loop {
            // SAFETY: the pointer owns a strong reference, so the node is alive.
            unsafe { (*node).link.set_next(seen.first) };
            match self.head.replace(&seen, node) {
                Ok(()) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// Whether nothing is seen in it. Something may be pushed at this moment.
    #[inline]
    pub(super) fn seems_empty(&self) -> bool {
        self.head.look().first.is_null()
    }

    /// Takes everything out, last in first.
    pub(super) fn take_all(&self) -> Chain {
        Chain { first: self.head.take() }
    }
}

/// Nodes linked to one another, without memory of its own. A node is in one chain or inbox at most.
#[derive(Debug)]
pub(super) struct Chain {
    first: *mut Node,
}

// SAFETY: a chain is a list of `Arc<Node>`, which is `Send`.
unsafe impl Send for Chain {}

impl Default for Chain {
    fn default() -> Self {
        Self { first: ptr::null_mut() }
    }
}

impl Chain {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Adds a node, which is in no chain and no inbox.
    pub(super) fn push(&mut self, node: Arc<Node>) {
        node.link.set_next(self.first);
        self.first = Arc::into_raw(node).cast_mut();
    }
}

impl Iterator for Chain {
    type Item = Arc<Node>;

    fn next(&mut self) -> Option<Arc<Node>> {
        if self.first.is_null() {
            return None;
        }
        // SAFETY: `push` made the pointer with `Arc::into_raw`. The chain owns that reference, and each node is turned
        // back into an `Arc` once.
        let node = unsafe { Arc::from_raw(self.first) };
        self.first = node.link.next();
        Some(node)
    }
}

/// Drops the nodes that were not iterated.
impl Drop for Chain {
    fn drop(&mut self) {
        self.by_ref().for_each(drop);
    }
}

impl OnDrop for Inbox {
    fn on_drop(&mut self) {
        drop(self.take_all());
    }
}

impl_drop!(Inbox);
