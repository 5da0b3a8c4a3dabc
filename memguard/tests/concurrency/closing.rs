//! WIPED: what other threads make while a session ends does not outlive it.

#![allow(clippy::disallowed_types, reason = "the test stops a thread with barriers of its own, outside the library")]

use crate::support::{alone, lockdep, within_patience};
use memguard::sync::Site;
use memguard::{Error, Session};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

static IS_CLOSING: AtomicBool = AtomicBool::new(false);
static INSIDE: Barrier = Barrier::new(2);
static TRIED: Barrier = Barrier::new(2);

/// Once, in the purge that ends the session, after it has destroyed the key and doomed all buffers.
fn wait_in_the_purge(event: lockdep::Event) {
    if event == lockdep::Event::Held(Site::RegistryNext) && IS_CLOSING.swap(false, Ordering::AcqRel) {
        INSIDE.wait();
        TRIED.wait();
    }
}

/// A stream can seal with a new key, and open the chunk to a new buffer. Only the mark of the end refuses that.
#[test]
fn a_stream_makes_nothing_after_the_last_purge() {
    if !alone("concurrency::closing::a_stream_makes_nothing_after_the_last_purge") {
        return;
    }
    assert!(lockdep::observe(wait_in_the_purge));
    let session = Session::builder().rekey_interval(None).build().unwrap();
    // The purge looks for the second of them under BUFFERS.
    let _buffers = [session.buffer(8).unwrap(), session.buffer(8).unwrap()];
    let stream = session.stream().unwrap();
    IS_CLOSING.store(true, Ordering::Release);
    let read = within_patience("the end of the session", move || {
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                INSIDE.wait();
                let read = stream.move_from(&mut [7; 8]).and_then(|()| stream.next());
                TRIED.wait();
                read
            });
            session.close();
            reader.join().unwrap()
        })
    });
    match read {
        Ok(chunk) => assert!(chunk.is_some_and(|chunk| !chunk.is_alive()), "WIPED: a buffer outlives its session"),
        Err(error) => assert_eq!(error, Error::SessionEnded),
    }
}
