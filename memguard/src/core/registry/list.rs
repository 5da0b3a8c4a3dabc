//! The list of the nodes that are in the registry. It is linked through the nodes, so it needs no memory of its own.

use crate::core::node::Node;
use std::ptr;
use std::sync::Arc;

/// The nodes, with a strong reference to each. BUFFERS guards the list, and the neighbours that the nodes note.
#[derive(Debug)]
pub(super) struct List {
    first: *mut Node,
    len: usize,
}

// SAFETY: a list is a list of `Arc<Node>`, which is `Send`.
unsafe impl Send for List {}

impl Default for List {
    fn default() -> Self {
        Self { first: ptr::null_mut(), len: 0 }
    }
}

impl List {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a node that enters.
    pub(super) fn push(&mut self, node: Arc<Node>) {
        node.link.set_before(ptr::null_mut());
        node.link.set_behind(self.first);
        let node = Arc::into_raw(node).cast_mut();
        // SAFETY: null, or in the list and therefore alive.
        if let Some(behind) = unsafe { self.first.as_ref() } {
            behind.link.set_before(node);
        }
        self.first = node;
        self.len += 1;
    }

    /// Takes a node out. The reference that is dropped is not the last: the caller has one.
    ///
    /// # Safety
    /// The node is in this list.
    pub(super) unsafe fn remove(&mut self, node: &Arc<Node>) {
        self.unlink(node);
        // SAFETY: `push` gave the list a reference to the node, and the node is in the list no more.
        unsafe { Arc::decrement_strong_count(Arc::as_ptr(node)) };
    }

    /// Takes out every node that is not leaving already.
    pub(super) fn leave_all(&mut self, mut each: impl FnMut(Arc<Node>)) {
        let mut next = self.first;
        // SAFETY: null, or in the list and therefore alive: it was read before the node before it was taken out.
        while let Some(node) = unsafe { next.as_ref() } {
            let this = std::mem::replace(&mut next, node.link.neighbours().1);
            if node.link.leave() {
                self.unlink(node);
                // SAFETY: `push` made the pointer with `Arc::into_raw`, and the node is in the list no more.
                each(unsafe { Arc::from_raw(this) });
            }
        }
    }

    /// Joins the neighbours of a node that is in this list.
    fn unlink(&mut self, node: &Node) {
        let (before, behind) = node.link.neighbours();
        // SAFETY: null, or in the list and therefore alive.
        match unsafe { before.as_ref() } {
            Some(before) => before.link.set_behind(behind),
            None => {
                debug_assert!(ptr::eq(self.first, node), "the node is the first of another list");
                self.first = behind;
            }
        }
        // SAFETY: as above.
        if let Some(behind) = unsafe { behind.as_ref() } {
            behind.link.set_before(before);
        }
        self.len -= 1;
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: null, or in the list and therefore alive.
        while let Some(node) = unsafe { self.first.as_ref() } {
            let this = std::mem::replace(&mut self.first, node.link.neighbours().1);
            // SAFETY: `push` made the pointer with `Arc::into_raw`, and each is turned back once.
            drop(unsafe { Arc::from_raw(this) });
        }
    }
}
