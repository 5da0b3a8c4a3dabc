//! Typed accessors that change the bytes: what the closure wrote is in the buffer, whether it returned or panicked.

use crate::support::within_patience;
use memguard::{Buffer, Disposal, Error, Isolation, Session};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::channel;

const ISOLATIONS: [Isolation; 3] = [Isolation::Page, Isolation::Packed, Isolation::Concealed];

fn session(isolation: Isolation) -> Session {
    Session::builder().rekey_interval(None).isolation(isolation).build().unwrap()
}

fn bytes_of(buffer: &Buffer) -> Vec<u8> {
    buffer.with_data(<[u8]>::to_vec).unwrap()
}

fn counted(len: usize) -> Vec<u8> {
    (1..).take(len).collect()
}

macro_rules! integers {
    ($($test:ident, $view:ident, $int:ty;)+) => {$(
        #[test]
        fn $test() {
            const SIZE: usize = size_of::<$int>();
            let with_each_rest = |isolation| (0..SIZE).map(move |rest| (isolation, rest));
            for (isolation, rest) in ISOLATIONS.into_iter().flat_map(with_each_rest) {
                let session = session(isolation);
                let mut expected = counted(4 * SIZE + rest);
                let buffer = session.buffer(expected.len()).unwrap();
                buffer.copy_from(&expected).unwrap();
                let seen = buffer.$view(|integers| {
                    let seen = integers.to_vec();
                    integers[1] = <$int>::MAX - 1;
                    integers[3] = <$int>::MIN;
                    seen
                });
                let integers = expected.chunks_exact(SIZE);
                let integers = integers.map(|bytes| <$int>::from_ne_bytes(bytes.try_into().unwrap()));
                assert_eq!(seen, Ok(integers.collect::<Vec<_>>()), "it sees what is there, without the rest");
                expected[SIZE..2 * SIZE].copy_from_slice(&(<$int>::MAX - 1).to_ne_bytes());
                expected[3 * SIZE..4 * SIZE].copy_from_slice(&<$int>::MIN.to_ne_bytes());
                assert_eq!(bytes_of(&buffer), expected, "what it wrote, and no more");

                let panics = |integers: &mut [$int]| {
                    integers[0] = 0;
                    resume_unwind(Box::new("planned"));
                };
                assert!(catch_unwind(AssertUnwindSafe(|| buffer.$view(panics))).is_err());
                expected[..SIZE].fill(0);
                assert_eq!(bytes_of(&buffer), expected, "what it wrote before it panicked");

                buffer.freeze().unwrap();
                assert_eq!(buffer.$view(|_| panic!("it is not called")), Err(Error::Frozen));
                let short = session.buffer(SIZE.max(2) - 1).unwrap();
                assert_eq!(short.$view(|integers| integers.len()), Ok(usize::from(SIZE == 1)));
                drop((buffer, short));
                assert_eq!(session.audit().dirty_slots, 0, "WIPED: the copies");
            }
        }
    )+};
}

integers! {
    int8, int8_slice_mut, i8;
    int16, int16_slice_mut, i16;
    int32, int32_slice_mut, i32;
    int64, int64_slice_mut, i64;
    uint8, uint8_slice_mut, u8;
    uint16, uint16_slice_mut, u16;
    uint32, uint32_slice_mut, u32;
    uint64, uint64_slice_mut, u64;
}

/// No change of another thread is lost: the write lasts from the copying until the copy is written back.
#[test]
fn the_closure_is_alone() {
    let session = session(Isolation::Page);
    let buffer = session.buffer(20).unwrap();
    let tries = || (buffer.try_read().map(drop), buffer.try_write().map(drop));
    let elsewhere = || std::thread::scope(|scope| scope.spawn(tries).join().unwrap());
    let seen = buffer.uint64_slice_mut(|_| elsewhere()).unwrap();
    assert!(matches!(seen, (Err(Error::WouldBlock { .. }), Err(Error::WouldBlock { .. }))), "{seen:?}");
    assert_eq!(elsewhere(), (Ok(()), Ok(())), "the write has ended");
    let inside = buffer.uint64_slice_mut(|_| (buffer.read().map(drop), buffer.uint64_slice_mut(|_| ())));
    assert!(matches!(inside, Ok((Err(Error::Reentrant { .. }), Err(Error::Reentrant { .. })))), "{inside:?}");
}

/// WIPED: a purge hands the buffer over to the closure's thread, which writes back and wipes.
#[test]
fn a_buffer_that_is_purged_meanwhile_is_wiped() {
    for isolation in ISOLATIONS {
        within_patience("a purge inside", move || {
            let session = Arc::new(session(isolation));
            let buffer = Arc::new(session.buffer_from_bytes(&mut [3; 24]).unwrap());
            buffer.melt().unwrap();
            let ((inside, is_inside), (go, may_go)) = (channel(), channel());
            let other = std::thread::spawn({
                let buffer = Arc::clone(&buffer);
                move || {
                    buffer.uint64_slice_mut(|integers| {
                        inside.send(()).unwrap();
                        may_go.recv().unwrap();
                        integers[0] = 9;
                    })
                }
            });
            is_inside.recv().unwrap();
            let report = session.purge();
            assert_eq!((report.handed_over, report.pending), (1, 1), "{report:?}");
            go.send(()).unwrap();
            assert_eq!(other.join().unwrap(), Ok(()));
            assert_eq!(buffer.with_data(|_| ()), Err(Error::Destroyed));
            let health = session.health();
            assert_eq!((health.live_buffers, health.handed_over, session.audit().dirty_slots), (0, 0, 0));
        });
    }
    let session = session(Isolation::Page);
    let buffer = session.buffer(8).unwrap();
    assert_eq!(buffer.uint64_slice_mut(|_| buffer.destroy()), Ok(Ok(Disposal::HandedOver)));
    assert_eq!(session.audit().dirty_slots, 0);
}
