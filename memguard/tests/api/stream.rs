//! EXACT and WIPED for streams. Every written byte is read once and in order, by any thread. A purge leaves a visible
//! gap.

use crate::support::{lockdep, within_patience};
use memguard::{Error, Session};
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

fn session(chunk: usize) -> Session {
    Session::builder().rekey_interval(None).stream_chunk(chunk).build().unwrap()
}

/// Bytes that show where they are from.
pub fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// EXACT. The idiom of `std::io::Write` keeps the bytes. The stream's own draining method was once called `flush`.
/// Calls meant for the trait's `flush` reached it and lost the bytes.
#[test]
fn flush_as_a_writer_keeps_the_data() {
    fn write_and_flush(mut out: impl Write) {
        out.write_all(b"the only copy of a secret").unwrap();
        out.flush().unwrap();
    }
    let session = session(16);
    let mut stream = session.stream().unwrap();
    stream.write_all(b"the only copy of a secret").unwrap();
    stream.flush().unwrap();
    assert_eq!(stream.len(), 25);
    let mut out = [0; 8];
    stream.read_exact(&mut out).unwrap();
    assert_eq!((&out, stream.len()), (b"the only", 17));
    stream.flush().unwrap();
    write_and_flush(&stream);
    write_and_flush(&mut stream);
    let all = stream.drain().unwrap().expect("nothing was lost");
    assert!(all.equals(b" copy of a secretthe only copy of a secretthe only copy of a secret").unwrap());
}

#[test]
fn odd_sizes_in_and_out() {
    let (session, data) = (session(1000), pattern(100_000));
    let mut stream = session.stream().unwrap();
    for piece in data.chunks(777) {
        stream.write_all(piece).unwrap();
    }
    stream.flush().unwrap();
    assert_eq!(stream.len(), data.len());
    let mut out = Vec::new();
    for size in (1..).map(|turn| turn * 37 % 2500 + 1) {
        let mut piece = vec![0; size];
        match stream.read(&mut piece).unwrap() {
            0 => break,
            len => out.extend_from_slice(&piece[..len]),
        }
    }
    assert!(out == data && stream.is_empty());
    drop(stream);
    assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (0, 0));
}

/// Writers and readers share one stream: every byte comes out once, and each writer's bytes in order.
#[test]
fn threads_share_a_stream() {
    const WRITERS: u8 = 4;
    const EACH: u16 = 2000;
    within_patience("a shared stream", || {
        let session = session(64);
        let (stream, writing) = (session.stream().unwrap(), AtomicBool::new(true));
        let read: Vec<[u8; 3]> = std::thread::scope(|scope| {
            let stream = &stream;
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    scope.spawn(move || {
                        for number in 0..EACH {
                            let [high, low] = number.to_be_bytes();
                            stream.move_from(&mut [writer, high, low]).unwrap();
                        }
                    })
                })
                .collect();
            let readers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let mut records = Vec::new();
                        loop {
                            let last_look = !writing.load(Ordering::Acquire);
                            match stream.next().unwrap() {
                                Some(chunk) => {
                                    records.push(chunk.with_data(|bytes| bytes.try_into().unwrap()).unwrap())
                                }
                                None if last_look => return records,
                                None => std::thread::yield_now(),
                            }
                        }
                    })
                })
                .collect();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            writing.store(false, Ordering::Release);
            let lists: Vec<Vec<[u8; 3]>> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
            for records in &lists {
                for writer in 0..WRITERS {
                    let of_this = records.iter().filter(|record| record[0] == writer);
                    assert!(of_this.is_sorted(), "a reader saw one writer's chunks out of order");
                }
            }
            lists.concat()
        });
        let mut expected: Vec<_> = (0..WRITERS)
            .flat_map(|writer| {
                (0..EACH).map(move |number| {
                    let [high, low] = number.to_be_bytes();
                    [writer, high, low]
                })
            })
            .collect();
        let mut read = read;
        read.sort_unstable();
        expected.sort_unstable();
        assert!(read == expected && stream.is_empty(), "a chunk was lost or read twice");
    });
    assert_eq!(lockdep::violations(), []);
}

/// Several readers take bytes at once. All bytes come out, each once.
#[test]
fn readers_share_a_chunk() {
    within_patience("a shared chunk", || {
        let session = session(4096);
        let (stream, data) = (session.stream().unwrap(), (0..=255u8).collect::<Vec<_>>().repeat(64));
        (&stream).write_all(&data).unwrap();
        let mut read: Vec<u8> = std::thread::scope(|scope| {
            let readers: Vec<_> = (1..=3)
                .map(|size| {
                    let mut stream = &stream;
                    scope.spawn(move || {
                        let (mut piece, mut read) = (vec![0; 7 * size], Vec::new());
                        while let len @ 1.. = stream.read(&mut piece).unwrap() {
                            read.extend_from_slice(&piece[..len]);
                        }
                        read
                    })
                })
                .collect();
            readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
        });
        read.sort_unstable();
        let mut data = data;
        data.sort_unstable();
        assert!(read == data);
    });
}

/// A purge leaves a gap, even in the middle of a chunk. One read says so, and the next goes on behind it.
#[test]
fn a_purge_shows() {
    let session = session(8);
    let mut stream = session.stream().unwrap();
    stream.write_all(&[1; 12]).unwrap();
    stream.read_exact(&mut [0; 4]).unwrap();
    session.purge();
    stream.write_all(&[2; 8]).unwrap();
    let error = |result: io::Result<usize>| result.unwrap_err().downcast::<Error>().unwrap();
    assert_eq!(error(stream.read(&mut [0; 4])), Error::Destroyed);
    assert_eq!(stream.len(), 8);
    session.purge();
    session.purge();
    stream.write_all(&[3; 8]).unwrap();
    session.purge();
    stream.write_all(&[4; 8]).unwrap();
    assert_eq!(stream.next().unwrap_err(), Error::KeyGone, "one error for three purges");
    assert_eq!(stream.len(), 8);
    assert!(stream.drain().unwrap().unwrap().equals(&[4; 8]).unwrap());
}

/// A stream outlives its session as other handles do.
#[test]
fn a_stream_of_an_ended_session_answers() {
    let session = session(8);
    let stream = session.stream().unwrap();
    stream.move_from(&mut [1; 8]).unwrap();
    drop(session);
    assert_eq!(stream.next().unwrap_err(), Error::SessionEnded);
    assert_eq!(stream.move_from(&mut [1]), Err(Error::SessionEnded));
}
