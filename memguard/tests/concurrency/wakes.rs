//! PROGRESS: a thread that waits for a buffer is woken when what it waits for has happened, not only at its deadline.
//!
//! The readers wait without a deadline. One that nobody wakes hangs, and the watchdog says so.

use crate::support::{lockdep, within_patience};
use memguard::{Buffer, Error, Session, with_buffers};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

fn session(timeout: Duration) -> Session {
    Session::builder().acquire_timeout(timeout).build().unwrap()
}

fn waits(name: &str) -> bool {
    lockdep::waits().threads.iter().any(|at| at.waits.is_some() && at.thread.contains(name))
}

/// The reader of this name waits while this thread is inside to write. `end` destroys the buffer, and the reader does
/// not wait for this thread to leave.
fn is_refused_by(name: &'static str, end: fn(&Session, &Buffer)) {
    within_patience(name, move || {
        let session = session(Duration::MAX);
        let buffer = session.buffer(8).unwrap();
        let inside = buffer.write().unwrap();
        thread::scope(|scope| {
            let reader = thread::Builder::new().name(name.into());
            let reader = reader.spawn_scoped(scope, || buffer.read().map(drop)).unwrap();
            while !waits(name) {
                thread::yield_now();
            }
            end(&session, &buffer);
            assert_eq!(reader.join().unwrap(), Err(Error::Destroyed));
        });
        drop(inside);
    });
}

#[test]
fn destroying_wakes_who_waits() {
    is_refused_by("doomed-reader", |_, buffer| drop(buffer.destroy()));
}

#[test]
fn a_purge_wakes_who_waits() {
    is_refused_by("purged-reader", |session, _| {
        session.purge();
    });
}

/// The writer waits for buffers of two sessions, and gives up when the more impatient session does. A reader that came
/// later sleeps behind it. On a busy machine it may come too late for that, and then they begin anew.
#[test]
fn a_writer_that_gives_up_wakes_readers() {
    within_patience("a reader behind a writer", || {
        let (patient, impatient) = (session(Duration::MAX), session(Duration::from_millis(300)));
        let (buffer, other) = (patient.buffer(8).unwrap(), impatient.buffer(8).unwrap());
        let inside = buffer.read().unwrap();
        while !a_reader_slept(&buffer, &other) {}
        drop(inside);
    });
}

/// Whether the reader was seen asleep before the writer gave up.
fn a_reader_slept(buffer: &Buffer, other: &Buffer) -> bool {
    let gave_up = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let refused = with_buffers(&[], &[buffer, other], |_, _| ());
            gave_up.store(true, Ordering::Release);
            refused
        });
        let reader = thread::Builder::new().name("late-reader".into());
        let reader = reader.spawn_scoped(scope, || {
            // A reader is refused only while a writer waits, because the other thread inside reads.
            while buffer.try_read().is_ok() && !gave_up.load(Ordering::Acquire) {
                thread::yield_now();
            }
            buffer.read().map(drop)
        });
        let mut slept = false;
        while !slept && !gave_up.load(Ordering::Acquire) {
            slept = waits("late-reader");
        }
        assert!(matches!(writer.join().unwrap(), Err(Error::Timeout { .. })));
        assert_eq!(reader.unwrap().join().unwrap(), Ok(()));
        slept
    })
}
