//! What this thread does, where a signal handler on it can read it: in memory of the thread, without a lock.
//!
//! A handler may interrupt the thread between any two of its stores. So a text's length is 0 while its pointer changes.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{Ordering, compiler_fence};

/// A text that outlives its use here.
struct Text {
    start: Cell<*const u8>,
    len: Cell<usize>,
}

impl Text {
    const fn none() -> Self {
        Self { start: Cell::new(ptr::null()), len: Cell::new(0) }
    }

    fn set(&self, text: &str) {
        self.len.set(0);
        compiler_fence(Ordering::SeqCst);
        self.start.set(text.as_ptr());
        compiler_fence(Ordering::SeqCst);
        self.len.set(text.len());
    }

    fn bytes(&self) -> &[u8] {
        let len = self.len.get();
        compiler_fence(Ordering::SeqCst);
        if len == 0 {
            return &[];
        }
        // SAFETY: `set` stored start and length of one text, and the length last. The text lives until
        // another one is set: `operation` takes static texts, and a `HeartbeatGuard` calls `leave` before its name
        // goes.
        unsafe { std::slice::from_raw_parts(self.start.get(), len) }
    }
}

/// What one thread does.
pub(crate) struct Crumbs {
    name: Text,
    operation: Text,
    completed: Cell<u64>,
}

thread_local! {
    // Constant and without a destructor, so an access is a plain load, which a signal handler may do.
    static OWN: Crumbs = const { Crumbs { name: Text::none(), operation: Text::none(), completed: Cell::new(0) } };
}

/// This thread is known by this name until [`leave`]. The name must live until then.
pub(crate) fn enter(name: &str) {
    OWN.with(|own| {
        own.name.set(name);
        own.completed.set(0);
    });
}

/// Forgets this thread's name and operation.
pub(crate) fn leave() {
    OWN.with(|own| [&own.name, &own.operation].map(|text| text.set("")));
}

/// This thread begins an operation.
pub(crate) fn operation(name: &'static str) {
    OWN.with(|own| own.operation.set(name));
}

/// This thread has completed its operation.
pub(crate) fn completed() {
    OWN.with(|own| own.completed.set(own.completed.get() + 1));
}

/// Name, operation and number of completed operations of this thread. The texts are empty if there are none.
pub(super) fn read<R>(look: impl FnOnce(&[u8], &[u8], u64) -> R) -> R {
    OWN.with(|own| look(own.name.bytes(), own.operation.bytes(), own.completed.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_leaves_what_it_does() {
        enter("worker-1");
        operation("read");
        completed();
        read(|name, operation, completed| {
            assert_eq!((name, operation, completed), (&b"worker-1"[..], &b"read"[..], 1))
        });
        leave();
        read(|name, operation, _| assert!(name.is_empty() && operation.is_empty()));
    }
}
