//! EXACT and WIPED for streams on simulated pages: a stream is compared with a queue of bytes, and the system refuses
//! calls.

use super::stream::pattern;
use memguard::{Error, Fault, ReadCause, Session, Sim};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::io::Write;

#[derive(Clone, Debug)]
enum Op {
    Write(Vec<u8>),
    MoveFrom(Vec<u8>),
    Read(usize),
    WriteTo(usize),
    Next,
    Flush,
    Clear,
    Purge,
}

fn op() -> impl Strategy<Value = Op> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        4 => bytes().prop_map(Op::Write),
        2 => bytes().prop_map(Op::MoveFrom),
        6 => (0..30usize).prop_map(Op::Read),
        2 => (0..60usize).prop_map(Op::WriteTo),
        2 => Just(Op::Next),
        1 => Just(Op::Flush),
        1 => Just(Op::Clear),
        1 => Just(Op::Purge),
    ]
}

/// What a stream must do: bytes in order, each with the purges that came before it.
#[derive(Default)]
struct Reference {
    chunks: VecDeque<(Vec<u8>, u32)>,
    purges: u32,
}

impl Reference {
    fn write(&mut self, bytes: &[u8], chunk: usize) {
        self.chunks.extend(bytes.chunks(chunk).map(|piece| (piece.to_vec(), self.purges)));
    }

    /// At most this many bytes of the first chunk. If purges came since it was written, an error, and what they
    /// destroyed is gone.
    fn read(&mut self, wanted: usize) -> Result<Vec<u8>, ()> {
        let Some((bytes, written)) = self.chunks.front_mut().filter(|_| wanted > 0) else { return Ok(Vec::new()) };
        if *written != self.purges {
            self.chunks.retain(|&(_, written)| written == self.purges);
            return Err(());
        }
        let read: Vec<u8> = bytes.drain(..wanted.min(bytes.len())).collect();
        self.chunks.retain(|(bytes, _)| !bytes.is_empty());
        Ok(read)
    }

    /// All, for a writer with this much room. An error if the room is too small, or as of `read`.
    fn write_to(&mut self, room: usize) -> (Vec<u8>, Result<(), ()>) {
        let mut out = Vec::new();
        while let Some(&(_, written)) = self.chunks.front() {
            let left = room - out.len();
            if left == 0 && written == self.purges {
                return (out, Err(()));
            }
            match self.read(left.max(1)) {
                Ok(more) => out.extend(more),
                Err(()) => return (out, Err(())),
            }
        }
        (out, Ok(()))
    }

    fn len(&self) -> usize {
        self.chunks.iter().map(|(bytes, _)| bytes.len()).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_stream_is_a_queue_of_bytes(chunk in 1..20usize, ops in prop::collection::vec(op(), 1..40)) {
        let sim = Sim::new(64);
        let session = Session::builder().rekey_interval(None).stream_chunk(chunk).simulated(&sim).build().unwrap();
        let stream = session.stream().unwrap();
        let mut reference = Reference::default();
        for op in ops {
            match op {
                Op::Write(bytes) => {
                    prop_assert_eq!((&stream).write(&bytes).unwrap(), bytes.len());
                    reference.write(&bytes, chunk);
                }
                Op::MoveFrom(mut bytes) => {
                    reference.write(&bytes, chunk);
                    stream.move_from(&mut bytes).unwrap();
                    prop_assert!(bytes.iter().all(|&byte| byte == 0));
                }
                Op::Read(wanted) => {
                    let mut out = vec![0; wanted];
                    let read = stream.read_into(&mut out).map(|len| out[..len].to_vec());
                    prop_assert_eq!(read.map_err(drop), reference.read(wanted));
                }
                Op::WriteTo(room) => {
                    let mut out = vec![0; room];
                    let mut writer = &mut out[..];
                    let ended = stream.write_to(&mut writer);
                    let left = writer.len();
                    out.truncate(room - left);
                    prop_assert!(ended.as_ref().map_or(true, |&written| written == out.len() as u64));
                    prop_assert_eq!((out, ended.map(drop).map_err(drop)), reference.write_to(room));
                }
                Op::Next => {
                    let bytes = |chunk: memguard::Buffer| chunk.read().unwrap().to_vec();
                    let next = stream.next().map(|next| next.map_or(Vec::new(), bytes));
                    prop_assert_eq!(next.map_err(drop), reference.read(usize::MAX));
                }
                Op::Flush => {
                    let (part, ended) = match stream.drain() {
                        Ok(all) => (all, Ok(())),
                        Err(error) => (error.part, Err(())),
                    };
                    let mut expected = (Vec::new(), Ok(()));
                    while reference.len() > 0 && expected.1.is_ok() {
                        expected.1 = reference.read(usize::MAX).map(|more| expected.0.extend(more));
                    }
                    let part = part.map_or(Vec::new(), |part| part.read().unwrap().to_vec());
                    prop_assert_eq!((part, ended), expected);
                }
                Op::Clear => {
                    stream.clear().unwrap();
                    reference.chunks.clear();
                }
                Op::Purge => {
                    session.purge();
                    reference.purges += 1;
                }
            }
            prop_assert_eq!(stream.len(), reference.len());
        }
        drop((stream, session));
        let report = sim.report();
        prop_assert_eq!((report.live_bytes, report.unwiped_bytes, report.violations), (0, 0, vec![]));
    }
}

/// A refusal half-way loses nothing. The stream has the bytes that were sealed, and the caller keeps the others.
#[test]
fn a_refusal_loses_nothing() {
    let sim = Sim::new(64);
    let session =
        Session::builder().rekey_interval(None).stream_chunk(8).pool_pages(0).simulated(&sim).build().unwrap();
    let mut stream = session.stream().unwrap();
    let data = pattern(40);
    sim.fail(Fault::Nth { call: "mlock", n: 3, errno: 12 });
    let written = stream.write(&data).unwrap();
    assert_eq!(written, 16, "two chunks were sealed before the third was refused");
    sim.fail(Fault::Nth { call: "mlock", n: 3, errno: 12 });
    let mut rest = data[written..].to_vec();
    assert!(matches!(stream.move_from(&mut rest), Err(Error::Limit(_))));
    assert_eq!(rest, data[written..], "all or nothing");
    stream.move_from(&mut rest).unwrap();
    // A drain takes one slot for all bytes, and one for each chunk. The third slot is that of the second chunk.
    sim.fail(Fault::Nth { call: "mlock", n: 3, errno: 12 });
    let error = stream.drain().unwrap_err();
    assert!(matches!(error.cause, ReadCause::Memguard(Error::Limit(_))), "{error:?}");
    let part = error.part.expect("the first chunk was read");
    assert!(part.equals(&data[..part.len()]).unwrap() && part.len() == 8);
    assert!(stream.drain().unwrap().unwrap().equals(&data[8..]).unwrap());
    drop((part, stream, session));
    assert_eq!((sim.report().live_bytes, sim.report().unwiped_bytes), (0, 0));
}
