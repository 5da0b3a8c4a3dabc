//! WIPED: purges at the same time. When any of them returns, every secret that lived when it began is zero, or its
//! report says how many are pending.

#![allow(clippy::disallowed_types, reason = "what a user's program has, not the library")]

use crate::support::place::{Place, own_memory};
use crate::support::{this_thread, within_patience};
use memguard::{Buffer, Disposal, PurgeReport, Session};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Makes buffers of `len` bytes, purges on several threads at once, and checks the report of each.
fn purge_together(session: &Session, len: usize, purges: usize) {
    let buffers: Vec<Buffer> = (0..32).map(|_| session.buffer(len).expect("a buffer")).collect();
    let places: Vec<Place> = buffers.iter().map(Place::fill).collect();
    let memory = own_memory();
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
            purge_together(&session, 1 << 18, 2 + round % 3);
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
            // Also if a round fails, so that the worker ends.
            let _done = SetWhenDropped(&done);
            for round in 0..1000 {
                purge_together(&session, 64, 2 + round % 3);
            }
        });
    });
}

/// How many rounds a test has. A longer run: `MEMGUARD_PURGE_ROUNDS=10000`.
fn rounds() -> usize {
    std::env::var("MEMGUARD_PURGE_ROUNDS").map_or(300, |rounds| rounds.parse().expect("a number"))
}

/// The workers are inside the buffers that are purged, look at copies of them, seal them and clone them.
#[test]
fn purges_beside_workers_in_the_same_buffers() {
    const TOGETHER: usize = 100;
    let works: [fn(&Buffer); 2] = [
        |buffer| drop(buffer.with_data(|_| buffer.string_slice(str::len))),
        |buffer| drop((buffer.seal().and_then(|sealed| sealed.open()), buffer.try_clone())),
    ];
    for first in (0..rounds()).step_by(TOGETHER) {
        within_patience("workers inside", move || {
            let session = Session::builder().build().expect("a session");
            let memory = own_memory();
            for round in first..first + TOGETHER {
                let buffers: Vec<Buffer> = (0..16).map(|_| session.buffer(64).expect("a buffer")).collect();
                let places: Vec<Place> = buffers.iter().map(Place::fill).collect();
                let left = || places.iter().filter(|place| place.holds_the_secret(&memory)).count() as u64;
                let purges = 2 + round % 3;
                let start = Barrier::new(purges + works.len());
                thread::scope(|scope| {
                    for work in works {
                        let (start, buffers) = (&start, &buffers);
                        scope.spawn(move || {
                            start.wait();
                            while buffers.iter().any(Buffer::is_alive) {
                                buffers.iter().for_each(work);
                            }
                        });
                    }
                    for _ in 0..purges {
                        scope.spawn(|| {
                            start.wait();
                            let report = session.purge();
                            let left = left();
                            assert!(left <= report.pending, "WIPED: {left} are readable, and it says {report:?}");
                        });
                    }
                });
                assert_eq!((session.purge().pending, left()), (0, 0), "WIPED: round {round}, all have left");
            }
        });
    }
}

struct SetWhenDropped<'f>(&'f AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A destroy that another thread is making counts, too: its buffer is wiped or pending.
#[test]
fn a_purge_beside_destroys() {
    within_patience("destroys", || {
        let session = Session::builder().rekey_interval(None).build().expect("a session");
        let memory = own_memory();
        for round in 0..200 {
            let buffer = session.buffer(1 << 18).expect("a buffer");
            let place = Place::fill(&buffer);
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

/// A purge that returns before another thread has wiped what it destroyed names that thread.
#[test]
fn a_purge_names_the_thread_that_wipes() {
    within_patience("named", || {
        let session = Session::builder().rekey_interval(None).build().expect("a session");
        let mut pending = 0;
        while pending < 5 {
            let buffer = session.buffer(1 << 20).expect("a buffer");
            let start = Barrier::new(2);
            thread::scope(|scope| {
                let wiper = scope.spawn(|| {
                    start.wait();
                    drop(buffer);
                    this_thread()
                });
                start.wait();
                let report = session.purge();
                let wiper = Some(wiper.join().expect("no panic"));
                assert_eq!(report.pending_thread, wiper.filter(|_| report.pending > 0), "VISIBLE: {report:?}");
                pending += report.pending;
            });
        }
        let enclave = session.enclave(&mut [1; 8]).expect("an enclave");
        let purge = || thread::scope(|scope| scope.spawn(|| session.purge()).join().expect("no panic"));
        let counted = session.health().degraded.handed_over_wipes;
        let report = enclave.with_data(|_| purge()).expect("not purged before");
        assert_eq!((report.pending, report.pending_thread), (1, Some(this_thread())), "a thread that has a copy");
        let counted = session.health().degraded.handed_over_wipes - counted;
        assert_eq!((report.handed_over, counted), (1, 1), "VISIBLE: what a report says is counted");
        let buffer = session.buffer(8).expect("a buffer");
        let report = buffer.with_data(|_| purge()).expect("not purged before");
        assert_eq!((report.pending, report.pending_thread), (1, None), "a thread that is only inside");
    });
}

/// Each callback that gets a copy of the bytes.
type WithCopy = fn(&Buffer, &mut dyn FnMut()) -> memguard::Result<()>;
const WITH_COPY: &[(&str, WithCopy)] = &[
    ("string_slice", |buffer, work| buffer.string_slice(|_| work())),
    ("byte_array", |buffer, work| buffer.byte_array(|_: &[u8; 8]| work())),
    ("int8_slice", |buffer, work| buffer.int8_slice(|_| work())),
    ("uint64_slice", |buffer, work| buffer.uint64_slice(|_| work())),
];

/// A copy that a callback looks at is not zero. So the buffer is handed over, not wiped, until the callback ends.
#[test]
fn a_copy_in_a_callback_is_pending() {
    let session = Session::builder().rekey_interval(None).build().expect("a session");
    for (name, with_copy) in WITH_COPY {
        let buffer = || session.buffer_from_bytes(&mut b"a secret".to_vec()).expect("a buffer");
        let handed_over = || session.health().handed_over;

        let destroyed = buffer();
        let destroy = &mut || {
            assert_eq!(destroyed.destroy(), Ok(Disposal::HandedOver), "{name}");
            let report = session.purge();
            assert_eq!((report.wiped, report.handed_over, report.pending), (0, 0, 1), "{name}: {report:?}");
            assert_eq!(handed_over(), 1, "{name}");
        };
        with_copy(&destroyed, destroy).expect("alive");

        let purged = buffer();
        let purge = &mut || {
            let report = session.purge();
            assert_eq!((report.wiped, report.handed_over, report.pending), (0, 1, 1), "{name}: {report:?}");
        };
        with_copy(&purged, &mut || with_copy(&purged, purge).expect("alive")).expect("alive");

        // One thing in use, however many ways it is used in.
        let both = buffer();
        let purge_inside = &mut || {
            let inside = both.read().expect("alive");
            let report = session.purge();
            assert_eq!((report.handed_over, report.pending, handed_over()), (1, 1, 1), "{name}: {report:?}");
            drop(inside);
            assert_eq!(handed_over(), 1, "{name}: the copy is left");
        };
        with_copy(&both, purge_inside).expect("alive");

        let report = session.purge();
        assert_eq!((handed_over(), report), (0, PurgeReport::default()), "{name}: nothing is left");
    }
}
