//! `Reader::write_to`: all that is left, of one moment, or an error that says where it stopped.

use memguard::{Buffer, Error, Isolation, Session};
use std::io::{self, BufRead, ErrorKind, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

fn session(isolation: Isolation) -> Session {
    Session::builder().rekey_interval(None).isolation(isolation).build().unwrap()
}

fn digits(session: &Session) -> Buffer {
    session.buffer_from_bytes(&mut b"0123456789".to_vec()).unwrap()
}

/// A writer that calls a closure.
pub struct By<F>(pub F);

impl<F: FnMut(&[u8]) -> io::Result<usize>> Write for By<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes three bytes at a time, is interrupted before each, and is full after so many.
fn slow(taken: &mut Vec<u8>, room: usize) -> impl Write {
    let mut interrupted = false;
    By(move |bytes: &[u8]| {
        interrupted = !interrupted;
        if interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        let now = bytes.len().min(3).min(room - taken.len());
        taken.extend(&bytes[..now]);
        Ok(now)
    })
}

#[test]
fn a_reader_writes_all_that_is_left() {
    for isolation in [Isolation::Page, Isolation::Packed, Isolation::Concealed] {
        let session = session(isolation);
        let buffer = digits(&session);
        let mut reader = buffer.reader();
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        assert_eq!(reader.write_to(&mut slow(&mut first, 4)).unwrap_err().kind(), ErrorKind::WriteZero);
        assert_eq!(reader.write_to(&mut slow(&mut rest, 100)).unwrap(), 6, "it goes on where the other was full");
        assert_eq!((&first[..], &rest[..]), (&b"0123"[..], &b"456789"[..]));
        assert_eq!(reader.write_to(&mut io::sink()).unwrap(), 0);
        reader.seek(SeekFrom::Start(1 << 40)).unwrap();
        assert_eq!(reader.write_to(&mut io::sink()).unwrap(), 0);
        reader.seek(SeekFrom::Start(8)).unwrap();
        assert_eq!(reader.fill_buf().unwrap(), b"89");
        rest.clear();
        assert_eq!(reader.write_to(&mut rest).unwrap(), 2, "it uses the access that is there");
        assert_eq!(rest, b"89");
        buffer.melt().unwrap();
        assert!(buffer.try_write().is_ok(), "no access is left behind");
    }
}

#[test]
fn errors_of_the_writer_are_passed_on() {
    let session = session(Isolation::Page);
    let buffer = digits(&session);
    let mut reader = buffer.reader();
    let broken = reader.write_to(&mut By(|_: &[u8]| Err(ErrorKind::BrokenPipe.into())));
    assert_eq!(broken.unwrap_err().kind(), ErrorKind::BrokenPipe);
    let lies = reader.write_to(&mut By(|bytes: &[u8]| Ok(bytes.len() + 1)));
    assert_eq!(lies.unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(reader.write_to(&mut io::sink()).unwrap(), 10, "the position is where it was");
}

/// EXACT: the parts belong together. A thread that waits to write gets in when the call has ended, not between them.
#[test]
fn all_parts_are_of_one_moment() {
    let session = session(Isolation::Page);
    let buffer = digits(&session);
    buffer.melt().unwrap();
    let mut out: Vec<u8> = Vec::new();
    thread::scope(|scope| {
        let part = |bytes: &[u8]| {
            if out.is_empty() {
                scope.spawn(|| buffer.write().unwrap().fill(b'x'));
                // No reader gets in beside a writer that waits.
                let is_waited_for = || matches!(buffer.try_read(), Err(Error::WouldBlock { .. }));
                while !thread::scope(|scope| scope.spawn(is_waited_for).join().unwrap()) {}
            }
            let now = bytes.len().min(3);
            out.extend(&bytes[..now]);
            Ok(now)
        };
        assert_eq!(buffer.reader().write_to(&mut By(part)).unwrap(), 10);
    });
    assert_eq!(out, b"0123456789");
    assert!(buffer.equals(&[b'x'; 10]).unwrap());
}

/// A panic of the writer ends the access, although the reader lives on.
#[test]
fn a_writer_that_panics_leaves_no_access() {
    let session = session(Isolation::Page);
    let buffer = digits(&session);
    buffer.melt().unwrap();
    let mut reader = buffer.reader();
    let mut calls = 0;
    let mut panics = By(|_: &[u8]| {
        calls += 1;
        if calls == 1 { Ok(3) } else { resume_unwind(Box::new("planned")) }
    });
    assert!(catch_unwind(AssertUnwindSafe(|| reader.write_to(&mut panics))).is_err());
    assert!(buffer.try_write().is_ok());
    let mut rest = Vec::new();
    assert_eq!((reader.write_to(&mut rest).unwrap(), &rest[..]), (7, &b"3456789"[..]));
}

/// PROGRESS, WIPED: a purge ends a call whose writer is interrupted for ever.
#[test]
fn a_purge_ends_it() {
    let session = session(Isolation::Page);
    let buffer = digits(&session);
    let mut reader = buffer.reader();
    let mut calls = 0;
    let mut purges = By(|_: &[u8]| {
        calls += 1;
        if calls == 1 {
            return Ok(3);
        }
        assert!(calls == 2, "it is called after the purge");
        assert_eq!(session.purge().handed_over, 1);
        Err(ErrorKind::Interrupted.into())
    });
    let error = reader.write_to(&mut purges).unwrap_err();
    assert_eq!(error.downcast::<Error>().unwrap(), Error::Destroyed);
    assert_eq!(session.health().handed_over, 0, "it is wiped");
}

#[test]
fn a_stream_is_written_chunk_by_chunk() {
    let session = Session::builder().rekey_interval(None).stream_chunk(4).build().unwrap();
    let stream = session.stream().unwrap();
    stream.move_from(&mut b"0123456789".to_vec()).unwrap();
    let mut out = Vec::new();
    while let Some(chunk) = stream.next().unwrap() {
        chunk.reader().write_to(&mut out).unwrap();
    }
    assert_eq!(out, b"0123456789");
}
