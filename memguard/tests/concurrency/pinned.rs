//! PROGRESS: a purge of the process uses sessions that end meanwhile.

#![allow(clippy::disallowed_types, reason = "the test stops threads with barriers of its own, outside the library")]

use crate::support::{alone, within_patience};
use memguard::{Refusing, Reply, Session};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

/// Where a thread of this name stops the first time that it changes the protection of pages.
struct Gate {
    thread: &'static str,
    was_passed: AtomicBool,
    arrive: Barrier,
    leave: Barrier,
}

impl Gate {
    fn new(thread: &'static str) -> Self {
        Self { thread, was_passed: AtomicBool::new(false), arrive: Barrier::new(2), leave: Barrier::new(2) }
    }

    fn pass(&self) {
        if thread::current().name() == Some(self.thread) && !self.was_passed.swap(true, Ordering::AcqRel) {
            self.arrive.wait();
            self.leave.wait();
        }
    }
}

/// Two threads purge all sessions and are inside one when it ends. Its core stays until the last of them has left.
#[test]
fn a_session_that_ended_stays_while_threads_purge_it() {
    if !alone("concurrency::pinned::a_session_that_ended_stays_while_threads_purge_it") {
        return;
    }
    within_patience("the end of the session", || {
        let (gates, mapped) = (Arc::new(["first", "second"].map(Gate::new)), Arc::new(AtomicI64::new(0)));
        let system = Refusing::new({
            let (gates, mapped) = (Arc::clone(&gates), Arc::clone(&mapped));
            move |call| {
                match call {
                    "mmap" => drop(mapped.fetch_add(1, Ordering::AcqRel)),
                    "munmap" => drop(mapped.fetch_sub(1, Ordering::AcqRel)),
                    "mprotect" => gates.iter().for_each(Gate::pass),
                    _ => {}
                }
                Reply::Obey
            }
        });
        let session = Session::builder().rekey_interval(None).refusing(&system).build().unwrap();
        // Each has a mapping of its own, and its wiper makes it writable first.
        let buffers = [session.buffer(1 << 20).unwrap(), session.buffer(1 << 20).unwrap()];
        buffers.iter().for_each(|buffer| buffer.freeze().unwrap());
        let [first, second] = [0, 1].map(|at: usize| {
            let purge = thread::Builder::new().name(gates[at].thread.into()).spawn(memguard::purge_all).unwrap();
            gates[at].arrive.wait();
            purge
        });
        drop((buffers, session));
        gates[1].leave.wait();
        second.join().unwrap();
        assert!(mapped.load(Ordering::Acquire) >= 2, "the core went while a thread was using it");
        gates[0].leave.wait();
        first.join().unwrap();
        assert_eq!(mapped.load(Ordering::Acquire), 0);
    });
}
