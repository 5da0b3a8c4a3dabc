//! The inbox: where buffers wait to enter or leave the registry while another thread holds BUFFERS.
//!
//! A stack of nodes that are linked through themselves (R. K. Treiber, *Systems Programming: Coping with Parallelism*,
//! 1986). Pushing never waits and never allocates. Nodes are only taken all at once, so there is no ABA problem.
//!
//! Pushing and taking both acquire and release. A push after a `take_all` sees everything that happened before the
//! `take_all`. A session marks its end before it takes the buffers, so a thread whose new buffer was missed sees that
//! the session has ended.

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
    /// The nodes, without releasing any.
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
        // SAFETY: `push` made the pointer from an `Arc` and gave its reference to the stack; this chain took it over,
        // and each element is turned back once.
        let node = unsafe { Arc::from_raw(self.next) };
        self.next = node.link.next();
        Some(node)
    }
}

/// Releases what was not iterated.
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
