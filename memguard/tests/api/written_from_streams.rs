//! `Stream::write_to`: every byte once and in order, and what the writer did not take is in the stream again.

use super::stream::pattern;
use super::written_from_readers::By;
use crate::support::within_patience;
use memguard::{Error, Isolation, Session, Stream};
use std::io::{self, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

fn session(isolation: Isolation, chunk: usize) -> Session {
    Session::builder().rekey_interval(None).isolation(isolation).stream_chunk(chunk).build().unwrap()
}

/// Ten digits in chunks of four.
fn digits() -> (Session, Stream) {
    let session = session(Isolation::Page, 4);
    let stream = session.stream().unwrap();
    stream.move_from(&mut b"0123456789".to_vec()).unwrap();
    (session, stream)
}

/// Takes two bytes at a time, and so many in all. Then it is full.
fn takes(taken: &mut Vec<u8>, room: usize) -> impl Write {
    let full = taken.len() + room;
    By(move |bytes: &[u8]| {
        let now = bytes.len().min(2).min(full - taken.len());
        taken.extend(&bytes[..now]);
        Ok(now)
    })
}

fn all_of(stream: &Stream) -> Vec<u8> {
    stream.drain().unwrap().map_or(Vec::new(), |all| all.read().unwrap().to_vec())
}

fn ours(error: io::Error) -> Error {
    error.downcast().unwrap()
}

#[test]
fn a_stream_is_written_whole() {
    for isolation in [Isolation::Page, Isolation::Packed, Isolation::Concealed] {
        let session = session(isolation, 100);
        let mut stream = session.stream().unwrap();
        let data = pattern(1234);
        stream.write_all(&data).unwrap();
        let mut out = vec![0; 250];
        stream.read_exact(&mut out).unwrap();
        assert_eq!(stream.write_to(&mut takes(&mut out, usize::MAX / 2)).unwrap(), 984);
        assert!(out == data && stream.is_empty());
        assert_eq!(stream.write_to(&mut out).unwrap(), 0);
        drop(stream);
        let health = session.health();
        assert_eq!((health.live_buffers, health.handed_over, session.audit().dirty_slots), (0, 0, 0));
    }
}

/// EXACT: nothing is lost and nothing comes twice, wherever the writer is full.
#[test]
fn what_is_not_taken_is_in_the_stream_again() {
    for room in 0..10 {
        let (_session, stream) = digits();
        let mut out = Vec::new();
        assert_eq!(stream.write_to(&mut takes(&mut out, room)).unwrap_err().kind(), ErrorKind::WriteZero);
        assert_eq!((out.len(), stream.len()), (room, 10 - room));
        let broken = stream.write_to(&mut By(|_: &[u8]| Err(ErrorKind::BrokenPipe.into())));
        assert_eq!(broken.unwrap_err().kind(), ErrorKind::BrokenPipe);
        let lies = stream.write_to(&mut By(|bytes: &[u8]| Ok(bytes.len() + 1)));
        assert_eq!(lies.unwrap_err().kind(), ErrorKind::InvalidData);
        stream.move_from(&mut b"abc".to_vec()).unwrap();
        out.extend(all_of(&stream));
        assert_eq!(out, b"0123456789abc", "{room}");
    }
}

#[test]
fn a_writer_that_panics_loses_nothing() {
    let (_session, stream) = digits();
    let mut calls = 0;
    let mut panics = By(|_: &[u8]| {
        calls += 1;
        if calls == 1 { Ok(3) } else { resume_unwind(Box::new("planned")) }
    });
    assert!(catch_unwind(AssertUnwindSafe(|| stream.write_to(&mut panics))).is_err());
    assert_eq!((stream.len(), &all_of(&stream)[..]), (7, &b"3456789"[..]));
}

/// The writer uses the stream itself. It is given what was there before, each byte once.
#[test]
fn a_writer_may_use_the_stream() {
    let (_session, stream) = digits();
    assert_eq!(stream.write_to(&mut &stream).unwrap(), 10);
    assert_eq!(all_of(&stream), b"0123456789", "it was written to its own end");

    // More chunks than the queue had room for come while one is lent, and another reader takes one.
    let (_session, stream) = digits();
    let mut other = [0; 4];
    let mut first = true;
    let full = stream.write_to(&mut By(|_: &[u8]| {
        if !std::mem::replace(&mut first, false) {
            return Ok(0);
        }
        assert_eq!(stream.read_into(&mut other).unwrap(), 4);
        for number in 0..100 {
            stream.move_from(&mut [number]).unwrap();
        }
        Ok(1)
    }));
    assert_eq!(full.unwrap_err().kind(), ErrorKind::WriteZero);
    assert_eq!(&other, b"4567");
    let expected: Vec<u8> = b"12389".iter().copied().chain(0..100).collect();
    assert_eq!(all_of(&stream), expected);
}

#[test]
fn what_is_lent_does_not_come_back_after_a_clear() {
    let (session, stream) = digits();
    let mut calls = 0;
    let cleared = stream.write_to(&mut By(|_: &[u8]| {
        calls += 1;
        stream.clear().unwrap();
        stream.move_from(&mut b"new".to_vec()).unwrap();
        Ok(2 - calls.min(2))
    }));
    assert_eq!(cleared.unwrap_err().kind(), ErrorKind::WriteZero);
    assert_eq!(all_of(&stream), b"new");
    assert_eq!(session.health().live_buffers, 0);
}

/// PROGRESS, WIPED: a purge ends a call whose writer is interrupted for ever. One call says that bytes are gone.
#[test]
fn a_purge_ends_it() {
    let (session, stream) = digits();
    let mut calls = 0;
    let mut purges = By(|_: &[u8]| {
        calls += 1;
        if calls == 1 {
            return Ok(3);
        }
        assert!(calls == 2, "it is called after the purge");
        assert_eq!(session.purge().handed_over, 1);
        stream.move_from(&mut b"new".to_vec()).unwrap();
        Err(ErrorKind::Interrupted.into())
    });
    assert_eq!(ours(stream.write_to(&mut purges).unwrap_err()), Error::Destroyed);
    assert_eq!(session.health().handed_over, 0, "it is wiped");
    assert_eq!(all_of(&stream), b"new");

    // What was still sealed.
    stream.move_from(&mut b"old".to_vec()).unwrap();
    session.purge();
    assert_eq!(ours(stream.write_to(&mut io::sink()).unwrap_err()), Error::KeyGone);
    assert_eq!(stream.write_to(&mut io::sink()).unwrap(), 0);
}

/// Two chunks come back, and a purge destroys both. One call says so.
#[test]
fn one_error_for_all_that_came_back() {
    let (session, stream) = digits();
    let full = || By(|_: &[u8]| Ok(0));
    let nested = stream.write_to(&mut By(|_: &[u8]| {
        assert_eq!(stream.write_to(&mut full()).unwrap_err().kind(), ErrorKind::WriteZero);
        Ok(0)
    }));
    assert_eq!(nested.unwrap_err().kind(), ErrorKind::WriteZero);
    let mut out = [0; 10];
    assert_eq!(((&stream).read(&mut out[..1]).unwrap(), out[0]), (1, b'0'));
    session.purge();
    stream.move_from(&mut b"new".to_vec()).unwrap();
    assert_eq!(stream.read_into(&mut out).unwrap_err(), Error::Destroyed);
    assert_eq!(all_of(&stream), b"new");
}

/// EXACT: writers that fail, a reader and a thread that appends share a stream. Every byte comes out once.
#[test]
fn threads_share_it() {
    const EACH: u16 = 600;
    within_patience("a stream that is written", || {
        let session = session(Isolation::Page, 32);
        let (stream, writing) = (session.stream().unwrap(), AtomicBool::new(true));
        let fails = |turn: usize| {
            let mut out = Vec::new();
            let result = stream.write_to(&mut takes(&mut out, turn % 50));
            assert!(result.is_ok_and(|len| len == out.len() as u64) || !out.is_empty() || turn.is_multiple_of(50));
            out
        };
        let reads = |turn: usize| {
            let mut out = vec![0; turn % 40];
            let len = stream.read_into(&mut out).unwrap();
            out.truncate(len);
            out
        };
        let takers: [&(dyn Fn(usize) -> Vec<u8> + Sync); 3] = [&fails, &fails, &reads];
        let mut all: Vec<u8> = std::thread::scope(|scope| {
            let threads = takers.map(|take| {
                let (stream, writing) = (&stream, &writing);
                scope.spawn(move || {
                    let mut out = Vec::new();
                    for turn in 0.. {
                        let last_look = !writing.load(Ordering::Acquire);
                        if last_look && stream.is_empty() {
                            break;
                        }
                        out.extend(take(turn));
                    }
                    out
                })
            });
            for number in 0..EACH {
                stream.move_from(&mut pattern(usize::from(number % 100))).unwrap();
            }
            writing.store(false, Ordering::Release);
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        // A chunk that was lent at the last look of the others came back.
        all.extend(all_of(&stream));
        let mut written: Vec<u8> = (0..EACH).flat_map(|number| pattern(usize::from(number % 100))).collect();
        all.sort_unstable();
        written.sort_unstable();
        assert!(all == written, "a byte was lost or read twice");
    });
}
