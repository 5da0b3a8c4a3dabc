//! WIPED: purges at the same time. When any of them returns, every secret that lived when it began is zero, or its
//! report says how many are pending.

#![allow(clippy::disallowed_types, reason = "what a user's program has, not the library")]

use crate::support::within_patience;
use memguard::{Buffer, PurgeReport, Session};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Where a secret is. Its pages may be unmapped when it is looked at.
struct Place {
    address: u64,
    byte: u8,
}

impl Place {
    fn of(buffer: &Buffer) -> Self {
        let place = |bytes: &[u8]| Self { address: bytes.as_ptr().addr() as u64, byte: bytes[0] };
        buffer.with_data(place).expect("alive")
    }

    fn holds_the_secret(&self, memory: &File) -> bool {
        let mut byte = [0];
        memory.read_at(&mut byte, self.address).is_ok_and(|read| read == 1) && byte[0] == self.byte
    }
}

/// Makes buffers of `len` bytes, purges on several threads at once, and checks the report of each.
fn purge_together(session: &Session, len: usize, purges: usize, round: usize) {
    let byte = (round % 255 + 1) as u8;
    let buffers: Vec<Buffer> = (0..32)
        .map(|_| {
            let buffer = session.buffer(len).expect("a buffer");
            buffer.with_data_mut(|bytes| bytes.fill(byte)).expect("alive");
            buffer
        })
        .collect();
    let places: Vec<Place> = buffers.iter().map(Place::of).collect();
    let memory = File::open("/proc/self/mem").expect("our own memory");
    let start = Barrier::new(purges);
    let purge = || {
        start.wait();
        let report = session.purge();
        let left = places.iter().filter(|place| place.holds_the_secret(&memory)).count() as u64;
        assert!(left <= report.pending, "WIPED: {left} secrets are readable, and the report says {report:?}");
        report
    };
    let reports: Vec<PurgeReport> = thread::scope(|scope| {
        let running: Vec<_> = (0..purges).map(|_| scope.spawn(purge)).collect();
        running.into_iter().map(|purge| purge.join().expect("no panic")).collect()
    });
    let wiped: u64 = reports.iter().map(|report| report.wiped).sum();
    assert_eq!(wiped, 32, "each buffer is wiped by one purge");
}

/// Large buffers take long to wipe, so the purges overlap.
#[test]
fn a_second_purge_helps_the_first() {
    within_patience("large buffers", || {
        let session = Session::builder().rekey_interval(None).build().expect("a session");
        for round in 0..20 {
            purge_together(&session, 1 << 18, 2 + round % 3, round);
        }
    });
}

#[test]
fn purges_beside_workers() {
    within_patience("small buffers", || {
        let session = Session::builder().build().expect("a session");
        let others = Session::builder().build().expect("a session");
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    let sealed = others.enclave(&mut [1; 64]).expect("an enclave");
                    drop(sealed.open().expect("no purge in this session"));
                }
            });
            for round in 0..1000 {
                purge_together(&session, 64, 2 + round % 3, round);
            }
            done.store(true, Ordering::Release);
        });
    });
}

/// A destroy that another thread is making counts, too: its buffer is wiped or pending.
#[test]
fn a_purge_beside_destroys() {
    within_patience("destroys", || {
        let session = Session::builder().rekey_interval(None).build().expect("a session");
        let memory = File::open("/proc/self/mem").expect("our own memory");
        for round in 0..200 {
            let buffer = session.buffer(1 << 18).expect("a buffer");
            buffer.with_data_mut(|bytes| bytes.fill(7)).expect("alive");
            let place = Place::of(&buffer);
            let start = Barrier::new(2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait();
                    drop(buffer);
                });
                start.wait();
                let report = session.purge();
                let left = u64::from(place.holds_the_secret(&memory));
                assert!(left <= report.pending, "WIPED: round {round}: {report:?}");
            });
        }
    });
}
