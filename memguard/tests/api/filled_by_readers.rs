//! Buffers filled by readers. The bytes go straight into locked pages, and an error keeps the part, with any reader.

use crate::support::{lockdep, within_patience};
use memguard::{Buffer, Error, ReadCause, ReadError, Session};
#[cfg(feature = "sim")]
use memguard::{Fault, Sim};
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

crate::support::needs!(sim: growth_is_geometric, a_limit_in_the_middle);

fn session() -> Session {
    Session::builder().rekey_interval(None).build().unwrap()
}

/// A reader that follows a script, then ends.
struct Script(VecDeque<Step>);

enum Step {
    Gives(&'static [u8]),
    Fails(ErrorKind),
}

use Step::{Fails, Gives};

fn script(steps: impl IntoIterator<Item = Step>) -> Script {
    Script(steps.into_iter().collect())
}

impl Read for Script {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.pop_front() {
            None => Ok(0),
            Some(Fails(kind)) => Err(kind.into()),
            Some(Gives(bytes)) => {
                let now = bytes.len().min(into.len());
                into[..now].copy_from_slice(&bytes[..now]);
                if now < bytes.len() {
                    self.0.push_front(Gives(&bytes[now..]));
                }
                Ok(now)
            }
        }
    }
}

/// A reader that is a function.
struct Calls<F>(F);

impl<F: FnMut(&mut [u8]) -> io::Result<usize>> Read for Calls<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        (self.0)(into)
    }
}

/// The part, and the kind of the reader's error.
fn failed(result: Result<Buffer, ReadError>) -> (Option<Vec<u8>>, ErrorKind) {
    let ReadError { part, read, cause, .. } = result.unwrap_err();
    let ReadCause::Reader(error) = cause else { panic!("{cause:?}") };
    let part = part.map(|part| part.with_data(<[u8]>::to_vec).unwrap());
    assert_eq!(part.as_ref().map_or(0, Vec::len), read);
    (part, error.kind())
}

fn refused(result: Result<Buffer, ReadError>) -> Error {
    match result.unwrap_err() {
        ReadError { part: None, cause: ReadCause::Memguard(error), .. } => error,
        other => panic!("{other:?}"),
    }
}

fn nothing_is_left(session: &Session) {
    let health = session.health();
    assert_eq!((health.live_buffers, health.registered, health.handed_over), (0, 0, 0));
    assert_eq!(session.audit().dirty_slots, 0);
    assert_eq!(lockdep::violations(), []);
}

#[test]
fn whole_reads() {
    let session = session();
    let steps = || script([Gives(b"on"), Fails(ErrorKind::Interrupted), Gives(b"e\ntw"), Gives(b"o")]);
    let check = |buffer: Buffer, bytes: &[u8]| {
        assert!(buffer.equals(bytes).unwrap() && !buffer.is_mutable() && session.exists(&buffer));
    };
    check(session.buffer_from_reader(steps(), 5).unwrap(), b"one\nt");
    check(session.buffer_from_reader_until(steps(), b'\n').unwrap(), b"one");
    check(session.buffer_from_entire_reader(steps()).unwrap(), b"one\ntwo");
    nothing_is_left(&session);
}

/// The reader keeps every byte behind the last requested byte.
#[test]
fn the_rest_stays_in_the_reader() {
    let session = session();
    let mut source = &b"four,and,more"[..];
    assert!(session.buffer_from_reader(&mut source, 4).unwrap().equals(b"four").unwrap());
    assert_eq!(refused(session.buffer_from_reader_until(&mut source, b',')), Error::EmptyLength);
    assert!(session.buffer_from_reader_until(&mut source, b',').unwrap().equals(b"and").unwrap());
    assert_eq!(source, b"more");
    nothing_is_left(&session);
}

#[test]
fn the_part_comes_with_the_error() {
    let session = session();
    let broken = || script([Gives(b"par"), Gives(b"t"), Fails(ErrorKind::ConnectionReset), Gives(b"never")]);
    let part = (Some(b"part".to_vec()), ErrorKind::ConnectionReset);
    assert_eq!(failed(session.buffer_from_reader(broken(), 9)), part);
    assert_eq!(failed(session.buffer_from_reader_until(broken(), b'\n')), part);
    assert_eq!(failed(session.buffer_from_entire_reader(broken())), part);

    let part = (Some(b"part".to_vec()), ErrorKind::UnexpectedEof);
    assert_eq!(failed(session.buffer_from_reader(&b"part"[..], 5)), part);
    assert_eq!(failed(session.buffer_from_reader_until(&b"part"[..], b'\n')), part);

    let frozen = session.buffer_from_reader(&b"part"[..], 5).unwrap_err().part.unwrap();
    assert_eq!(frozen.write().map(drop), Err(Error::Frozen));
    drop(frozen);
    nothing_is_left(&session);
}

#[test]
fn nothing_to_read() {
    let session = session();
    assert_eq!(refused(session.buffer_from_reader(&b"x"[..], 0)), Error::EmptyLength);
    assert_eq!(refused(session.buffer_from_entire_reader(io::empty())), Error::EmptyLength);
    assert_eq!(failed(session.buffer_from_reader(io::empty(), 3)), (None, ErrorKind::UnexpectedEof));
    assert_eq!(failed(session.buffer_from_reader_until(io::empty(), 0)), (None, ErrorKind::UnexpectedEof));
    assert!(matches!(refused(session.buffer_from_reader(io::empty(), usize::MAX)), Error::TooLong { .. }));
    nothing_is_left(&session);
}

/// Growth keeps every byte, at and around each point where the pages run out.
#[test]
fn growth() {
    let session = session();
    let source: Vec<u8> = (0..70_000u32).map(|at| (at % 251) as u8).collect();
    for len in [4095, 4096, 4097, 8191, 8192, 8193, 16_384, 16_385, 65_536, 65_537, 70_000] {
        let whole = session.buffer_from_entire_reader(&source[..len]).unwrap();
        assert!(whole.equals(&source[..len]).unwrap(), "{len}");
        let until = session.buffer_from_reader_until((&source[..len]).chain(&[251][..]), 251).unwrap();
        assert!(until.equals(&source[..len]).unwrap(), "{len}");
    }
    nothing_is_left(&session);
}

/// Linear time: the pages double, so no more bytes are copied than were read. The test counts mappings and uses no
/// clock.
#[cfg(feature = "sim")]
#[test]
fn growth_is_geometric() {
    let sim = Sim::new(4096);
    let session = Session::builder().rekey_interval(None).pool_pages(0).simulated(&sim).build().unwrap();
    let mappings = |pages: u64| {
        let before = sim.report().calls["mmap"];
        drop(session.buffer_from_entire_reader(io::repeat(1).take(pages * 4096)).unwrap());
        sim.report().calls["mmap"] - before
    };
    let (small, large) = (mappings(8), mappings(8 << 6));
    assert_eq!(large - small, 6, "six doublings");
    nothing_is_left(&session);
}

/// At a limit, the part is what fitted.
#[cfg(feature = "sim")]
#[test]
fn a_limit_in_the_middle() {
    let sim = Sim::new(4096);
    let session = Session::builder().rekey_interval(None).simulated(&sim).build().unwrap();
    let source = [5; 3 * 4096];
    let mut reads = 0;
    let reader = Calls(|into: &mut [u8]| {
        reads += 1;
        if reads == 2 {
            // The buffer has grown once. It cannot grow again.
            for n in [1, 2] {
                sim.fail(Fault::Nth { call: "mmap", n, errno: libc::ENOMEM });
            }
        }
        (&source[..]).read(into)
    });
    let error = session.buffer_from_entire_reader(reader).unwrap_err();
    assert!(matches!(error.cause, ReadCause::Memguard(Error::Limit(_))), "{error:?}");
    assert!(error.part.unwrap().equals(&[5; 8192]).unwrap());
    nothing_is_left(&session);
}

/// A reader may call the library. Everything works, and a purge takes what was read.
#[test]
fn a_reader_that_uses_memguard() {
    within_patience("busy reader", || {
        let session = session();
        let other = session.buffer(4).unwrap();
        let mut left = 5_000;
        let busy = Calls(|into: &mut [u8]| {
            let enclave = session.buffer_from_bytes(&mut [1; 8]).unwrap().seal().unwrap();
            other.write().unwrap().fill(2);
            let nested = session.buffer_from_entire_reader(&[7; 5_000][..]).unwrap();
            assert!(enclave.open().unwrap().equals(&[1; 8]).unwrap() && nested.len() == 5_000);
            let now = into.len().min(left);
            into[..now].fill(9);
            left -= now;
            Ok(now)
        });
        assert!(session.buffer_from_entire_reader(busy).unwrap().equals(&[9; 5_000]).unwrap());
        drop(other);
        nothing_is_left(&session);
    });
}

#[test]
fn a_reader_that_purges() {
    let session = session();
    let purges = |reads: usize| {
        let read = Cell::new(0);
        let session = &session;
        Calls(move |into: &mut [u8]| {
            read.set(read.get() + 1);
            into.fill(9);
            if read.get() == reads {
                assert_eq!(session.purge().handed_over, 1);
            }
            Ok(into.len())
        })
    };
    // The purge comes in the first read, in a read after the pages grew, and in the last read.
    assert_eq!(refused(session.buffer_from_entire_reader(purges(1))), Error::Destroyed);
    assert_eq!(refused(session.buffer_from_entire_reader(purges(3))), Error::Destroyed);
    assert_eq!(refused(session.buffer_from_reader(purges(1), 8)), Error::Destroyed);
    nothing_is_left(&session);
}

/// PROGRESS: a purge ends a read whose reader is interrupted for ever.
#[test]
fn a_reader_that_is_interrupted_for_ever() {
    within_patience("interrupted", || {
        let session = session();
        let calls = Cell::new(0);
        let reader = Calls(|_: &mut [u8]| {
            calls.set(calls.get() + 1);
            if calls.get() == 100 {
                session.purge();
            }
            Err(ErrorKind::Interrupted.into())
        });
        assert_eq!(refused(session.buffer_from_reader(reader, 8)), Error::Destroyed);
        nothing_is_left(&session);
    });
}

#[test]
fn a_reader_that_panics_or_lies() {
    let session = session();
    for reads in 1..4 {
        let mut read = 0;
        let panics = Calls(|into: &mut [u8]| {
            into.fill(9);
            read += 1;
            if read == reads {
                std::panic::resume_unwind(Box::new("planned"));
            }
            Ok(into.len())
        });
        assert!(catch_unwind(AssertUnwindSafe(|| session.buffer_from_entire_reader(panics))).is_err());
        nothing_is_left(&session);
    }
    let lies = || Calls(|into: &mut [u8]| Ok(into.len() + 1));
    assert_eq!(failed(session.buffer_from_reader(lies(), 8)), (None, ErrorKind::InvalidData));
    assert_eq!(failed(session.buffer_from_reader_until(lies(), 0)), (None, ErrorKind::InvalidData));
    assert_eq!(failed(session.buffer_from_entire_reader(lies())), (None, ErrorKind::InvalidData));
    nothing_is_left(&session);
}

/// No form of the error shows a byte of the part or the text of the reader's error.
#[test]
fn errors_show_nothing() {
    let session = session();
    let reader = (&b"MARKER"[..]).chain(Calls(|_: &mut [u8]| Err(io::Error::other("MARKER was read"))));
    let error = session.buffer_from_entire_reader(reader).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!text.contains("MARK") && !text.contains("77, 65"), "{text}");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("was read"), "the reader's own words");
    assert!(text.contains("6 bytes"), "{text}");
}
