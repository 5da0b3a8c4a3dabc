//! The inbox: where buffers wait to enter or leave the registry while another thread holds BUFFERS.
//!
//! An intrusive lock-free stack of nodes (R. K. Treiber, *Systems Programming: Coping with Parallelism*, 1986). Pushing
//! never waits and never allocates. All nodes are taken at once, so there is no ABA problem.
//!
//! Pushing and taking both acquire and release, so a push after a `take_all` sees what happened before that `take_all`.
//! The end of a session relies on this. The session marks itself ended and then takes all buffers. A thread that pushes
//! its new buffer too late for that sees the mark.

use crate::core::node::Node;
use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::{OnDrop, impl_drop};
use std::ptr;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Inbox {
    head: AtomicPtr<Node>,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Pushes a node. No other thread may push it until it is taken out again.
    pub(super) fn push(&self, node: Arc<Node>) {
        let node = Arc::into_raw(node).cast_mut();
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // SAFETY: the pointer owns a strong reference, so the node is alive.
            unsafe { (*node).link.set_next(head) };
            match self.head.compare_exchange_weak(head, node, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes everything out, last in first.
    pub(super) fn take_all(&self) -> Taken {
        Taken { next: self.head.swap(ptr::null_mut(), Ordering::AcqRel) }
    }
}

/// Nodes taken out of an inbox.
#[derive(Debug)]
pub(super) struct Taken {
    next: *mut Node,
}

impl Taken {
    /// Borrows the nodes in turn.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let mut next = self.next;
        std::iter::from_fn(move || {
            // SAFETY: the chain owns a reference to each of its nodes and lives as long as the borrow of it.
            let node = unsafe { next.as_ref() }?;
            next = node.link.next();
            Some(node)
        })
    }
}

impl Iterator for Taken {
    type Item = Arc<Node>;

    fn next(&mut self) -> Option<Arc<Node>> {
        if self.next.is_null() {
            return None;
        }
        // SAFETY: `push` made the pointer with `Arc::into_raw`. The chain owns that reference, and each node is turned
        // back into an `Arc` once.
        let node = unsafe { Arc::from_raw(self.next) };
        self.next = node.link.next();
        Some(node)
    }
}

/// Drops the nodes that were not iterated.
impl Drop for Taken {
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
