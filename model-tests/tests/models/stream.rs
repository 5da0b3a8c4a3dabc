//! Streams: written bytes are read once, in order and whole, or lost to a purge with an error. STREAM is held while the
//! queue changes, and never while a chunk is sealed, opened or dropped.

use memguard::sync::{Outcome, Site};
use memguard::{Buffer, Error, Session, Stream};
use model_tests::{Model, OTHER, SECRET, World, keep, saw, spawn_with};
use std::io::ErrorKind;
use std::sync::Arc;

fn stream(session: &Session) -> Arc<Stream> {
    Arc::new(session.stream().expect("the session has not ended"))
}

/// A stream that holds these chunks.
fn holding(session: &Session, chunks: &[[u8; 16]]) -> Arc<Stream> {
    let stream = stream(session);
    for chunk in chunks {
        stream.move_from(&mut { *chunk }).expect("nothing races yet");
    }
    stream
}

/// Reads up to half a chunk.
fn read_half(stream: &Stream) -> memguard::Result<Vec<u8>> {
    let mut out = [0; 8];
    stream.read_into(&mut out).map(|len| out[..len].to_vec())
}

/// The bytes of a chunk that was taken out of the stream.
fn bytes_of(chunk: &Buffer) -> memguard::Result<Vec<u8>> {
    chunk.with_data(<[u8]>::to_vec)
}

/// A reader gets the whole write or nothing, never a part of it.
pub fn write_vs_read(model: Model) {
    let model = model.reaches(Site::StreamPush, Outcome::Contended).reaches(Site::StreamFront, Outcome::Contended);
    model.sees(["empty", "read"]).run(|| {
        let world = World::new();
        let stream = stream(&world.session());
        let writer = spawn_with(&stream, move |stream| stream.move_from(&mut { SECRET }));
        let mut out = [0; 16];
        match stream.read_into(&mut out).expect("nothing purges") {
            0 => {
                saw("empty");
                assert_eq!(out, [0; 16]);
            }
            16 => {
                saw("read");
                assert_eq!(out, SECRET, "EXACT: something else was read");
            }
            part => panic!("EXACT: {part} bytes of a chunk that fits"),
        }
        assert_eq!(writer.join().expect("no panic"), Ok(()));
        stream.clear().expect("the process was not forked");
        drop(stream);
        world.end_within(1..=2);
    });
}

/// Two writers: both chunks are there, each in one piece.
pub fn write_vs_write(model: Model) {
    model.reaches(Site::StreamPush, Outcome::Contended).sees(["here first", "there first"]).run(|| {
        let world = World::new();
        let stream = stream(&world.session());
        let writer = spawn_with(&stream, move |stream| stream.move_from(&mut { OTHER }));
        stream.move_from(&mut { SECRET }).expect("nothing purges");
        writer.join().expect("no panic").expect("nothing purges");
        let mut out = [0; 32];
        let first = stream.read_into(&mut out).expect("nothing purges");
        let second = stream.read_into(&mut out[first..]).expect("nothing purges");
        assert_eq!((first, second, stream.len()), (16, 16, 0));
        match (out[..16] == SECRET, out[16..] == SECRET) {
            (true, false) if out[16..] == OTHER => saw("here first"),
            (false, true) if out[..16] == OTHER => saw("there first"),
            _ => panic!("EXACT: a mixture: {out:?}"),
        }
        drop(stream);
        world.end(4);
    });
}

/// Two readers share one chunk. Each gets adjacent bytes that the other does not get.
pub fn read_vs_read(model: Model) {
    let model =
        model.bound(3).reaches(Site::StreamOpened, Outcome::Contended).reaches(Site::StreamFront, Outcome::Contended);
    model.sees(["left", "right"]).run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let reader = spawn_with(&stream, move |stream| read_half(&stream));
        let here = read_half(&stream).expect("nothing purges");
        let there = reader.join().expect("no panic").expect("nothing purges");
        saw(if here == SECRET[..8] { "left" } else { "right" });
        let both = if here == SECRET[..8] { [here, there].concat() } else { [there, here].concat() };
        assert_eq!(both, SECRET, "EXACT: bytes were lost, or read twice");
        assert_eq!(stream.len(), 0);
        drop(stream);
        world.end_within(2..=3);
    });
}

/// Two threads take the only chunk. One gets it.
pub fn next_vs_next(model: Model) {
    let model =
        model.bound(4).reaches(Site::StreamRest, Outcome::Contended).reaches(Site::StreamTake, Outcome::Contended);
    model.sees(["here", "there"]).run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let other = spawn_with(&stream, move |stream| stream.next());
        let here = stream.next().expect("nothing purges");
        let there = other.join().expect("no panic").expect("nothing purges");
        let taken = match (&here, &there) {
            (Some(chunk), None) => {
                saw("here");
                bytes_of(chunk)
            }
            (None, Some(chunk)) => {
                saw("there");
                bytes_of(chunk)
            }
            both => panic!("EXACT: not by exactly one: {both:?}"),
        };
        assert_eq!(taken.as_deref(), Ok(&SECRET[..]));
        drop((here, there, stream));
        world.end_within(2..=3);
    });
}

/// One thread takes the chunk, one reads half of it. Together they get it once.
pub fn next_vs_read(model: Model) {
    let model = model.bound(3).sees(["all to next", "half each"]);
    model.run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let reader = spawn_with(&stream, move |stream| read_half(&stream));
        let taken =
            stream.next().expect("nothing purges").map(|chunk| bytes_of(&chunk).expect("no thread destroys it"));
        let read = reader.join().expect("no panic").expect("nothing purges");
        match (taken, read.len()) {
            (Some(taken), 0) => {
                assert_eq!(taken, SECRET);
                saw("all to next");
            }
            (Some(taken), 8) => {
                assert_eq!([read, taken].concat(), SECRET, "EXACT: bytes were lost, or read twice");
                saw("half each");
            }
            other => panic!("EXACT: {other:?}"),
        }
        assert_eq!(stream.len(), 0);
        drop(stream);
        world.end_within(2..=4);
    });
}

/// A drain beside a writer returns the first chunk or both, in order.
pub fn drain_vs_write(model: Model) {
    let model = model.bound(4).reaches(Site::StreamLen, Outcome::Contended).sees(["one", "both"]);
    model.run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let writer = spawn_with(&stream, move |stream| stream.move_from(&mut { OTHER }));
        let all = stream.drain().expect("nothing purges").expect("there is a chunk");
        writer.join().expect("no panic").expect("nothing purges");
        match bytes_of(&all).expect("no thread destroys it") {
            one if one == SECRET => saw("one"),
            both => {
                assert_eq!(both, [SECRET, OTHER].concat(), "EXACT: something else was read");
                saw("both");
            }
        }
        drop((all, stream));
        world.end_within(4..=5);
    });
}

/// A byte is either read or cleared. The length is exact.
pub fn clear_vs_read(model: Model) {
    let model = model.reaches(Site::StreamClear, Outcome::Contended).sees(["read", "cleared"]);
    model.run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let clearer = spawn_with(&stream, move |stream| stream.clear());
        match read_half(&stream).expect("nothing purges") {
            half if half.is_empty() => saw("cleared"),
            half => {
                assert_eq!(half, SECRET[..8]);
                saw("read");
            }
        }
        clearer.join().expect("no panic").expect("the process was not forked");
        assert_eq!(stream.len(), 0);
        drop(stream);
        world.end_within(1..=2);
    });
}

/// A purge beside a reader: the reader gets the written bytes, or an error that they are lost. The stream goes on.
pub fn purge_vs_read(model: Model) {
    model.sees(["read", "lost"]).run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let reader = spawn_with(&stream, move |stream| read_half(&stream));
        world.session().purge();
        let lost = |error| matches!(error, Error::KeyGone | Error::Destroyed);
        match reader.join().expect("no panic") {
            Ok(half) => {
                assert_eq!(half, SECRET[..8], "EXACT: something else was read");
                assert!(read_half(&stream).is_err_and(lost), "EXACT: a purged chunk is read");
                saw("read");
            }
            Err(error) => {
                assert!(lost(error), "EXACT: another error");
                saw("lost");
            }
        }
        assert_eq!((read_half(&stream), stream.len()), (Ok(Vec::new()), 0), "EXACT: a loss is told twice");
        drop(stream);
        world.end_within(2..=3);
    });
}

/// Writes half a chunk elsewhere, where there is room for no more. The rest goes back.
fn write_half(stream: &Stream) -> (Vec<u8>, bool) {
    let mut out = [0; 8];
    let mut room = &mut out[..];
    let is_full = stream.write_to(&mut room).is_err_and(|error| error.kind() == ErrorKind::WriteZero);
    let written = 8 - room.len();
    (out[..written].to_vec(), is_full)
}

/// One thread writes half of the only chunk elsewhere, one reads half of it. The rest of the first is lent meanwhile.
pub fn write_to_vs_read(model: Model) {
    let model = model.bound(3).sees(["read before", "nothing there", "the rest"]);
    model.run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let reader = spawn_with(&stream, move |stream| read_half(&stream));
        let (written, is_full) = write_half(&stream);
        let read = reader.join().expect("no panic").expect("nothing purges");
        match (is_full, read.len()) {
            (false, 8) => {
                assert_eq!([read, written].concat(), SECRET, "EXACT: bytes were lost, or read twice");
                saw("read before");
            }
            (true, 0) => {
                let rest = read_half(&stream).expect("nothing purges");
                assert_eq!([written, rest].concat(), SECRET, "EXACT: the rest is not first again");
                saw("nothing there");
            }
            (true, 8) => {
                assert_eq!([written, read].concat(), SECRET, "EXACT: bytes were lost, or read twice");
                saw("the rest");
            }
            other => panic!("EXACT: {other:?}"),
        }
        assert_eq!(stream.len(), 0);
        drop(stream);
        world.end_within(2..=4);
    });
}

/// What is lent when the stream is cleared does not come back.
pub fn write_to_vs_clear(model: Model) {
    let model = model.bound(3).sees(["written", "cleared"]);
    model.run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let clearer = spawn_with(&stream, move |stream| stream.clear());
        let (written, _) = write_half(&stream);
        clearer.join().expect("no panic").expect("the process was not forked");
        assert_eq!(written, SECRET[..written.len()], "EXACT: something else was written");
        saw(if written.is_empty() { "cleared" } else { "written" });
        assert_eq!((read_half(&stream), stream.len()), (Ok(Vec::new()), 0), "EXACT: a cleared byte is read");
        drop(stream);
        world.end_within(1..=3);
    });
}

/// A purge beside a thread that writes everything elsewhere: that thread writes all bytes, or is told that they are
/// lost.
pub fn purge_vs_write_to(model: Model) {
    let model = model.bound(3).sees(["written", "lost"]);
    model.run(|| {
        let world = World::new();
        let stream = holding(&world.session(), &[SECRET]);
        let writer = spawn_with(&stream, move |stream| {
            let mut out = [0; 16];
            (stream.write_to(&mut &mut out[..]), out)
        });
        world.session().purge();
        match writer.join().expect("no panic") {
            (Ok(16), out) => {
                assert_eq!(out, SECRET, "EXACT: something else was written");
                saw("written");
            }
            (Err(error), _) => {
                let error = error.downcast::<Error>().expect("an error of the library");
                assert!(matches!(error, Error::KeyGone | Error::Destroyed), "EXACT: another error");
                saw("lost");
            }
            other => panic!("EXACT: {other:?}"),
        }
        assert_eq!((read_half(&stream), stream.len()), (Ok(Vec::new()), 0), "EXACT: a loss is told twice");
        drop(stream);
        world.end_within(1..=3);
    });
}

/// Every stream operation inside an access, beside another thread's stream operations. The thread may wait for STREAM
/// there.
pub fn inside_an_access_vs_read(model: Model) {
    let model = model.bound(2).sees(["some left", "all read"]);
    model.run(|| {
        let world = World::new();
        let session = world.session();
        let (stream, buffer) = (holding(&session, &[OTHER]), keep(&session, &SECRET));
        let reader = spawn_with(&stream, move |stream| read_half(&stream));
        let left = buffer.with_data_mut(|bytes| {
            stream.move_from(bytes).expect("nothing purges");
            let len = stream.read_into(bytes).expect("nothing purges");
            let is_part = bytes[..len] == OTHER[..len] || bytes[..len] == OTHER[16 - len..];
            assert!(is_part, "EXACT: something else was read");
            let left = stream.next().expect("nothing purges").map_or(0, |chunk| chunk.len());
            stream.clear().expect("the process was not forked");
            assert_eq!(stream.len(), 0);
            left
        });
        saw(if left == Ok(16) { "some left" } else { "all read" });
        reader.join().expect("no panic").expect("nothing purges");
        drop((stream, buffer, session));
        world.end_within(5..=8);
    });
}

family! {
    write_vs_read,
    write_vs_write,
    read_vs_read,
    next_vs_next,
    next_vs_read,
    drain_vs_write,
    clear_vs_read,
    purge_vs_read,
    write_to_vs_read,
    write_to_vs_clear,
    purge_vs_write_to,
    inside_an_access_vs_read,
}
