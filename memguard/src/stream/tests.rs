//! The queue of a stream, step by step.

use super::Stream;
use super::queue::{Front, Lent};
use crate::sync::Site;
use crate::{Buffer, Session};
use std::sync::Arc;

/// Takes the first chunk out, as `write_to` does.
fn lend(stream: &Stream) -> (u64, Arc<Buffer>, Lent) {
    loop {
        let front = stream.queue(Site::StreamFront).front();
        match front {
            Front::Open { number, enclave } => stream.open(number, &enclave).unwrap(),
            Front::Enter { number, buffer } => {
                let lent = stream.queue(Site::StreamFront).lend(number).unwrap();
                return (number, buffer, lent);
            }
            Front::Nothing => panic!("a chunk is left"),
        }
    }
}

/// EXACT: a reader that is inside one chunk must not claim bytes of another one by its number.
#[test]
fn no_number_is_used_twice() {
    let session = Session::builder().rekey_interval(None).stream_chunk(1).build().unwrap();
    let stream = session.stream().unwrap();
    stream.move_from(&mut [1, 2]).unwrap();
    let (first, second) = (lend(&stream), lend(&stream));
    let mut numbers = vec![first.0, second.0];
    for (_, buffer, lent) in [first, second] {
        let mut queue = stream.queue(Site::StreamPush);
        numbers.extend(queue.end(&lent, buffer, 0).ok());
    }
    assert!(numbers.is_sorted_by(|a, b| a < b) && numbers.len() == 4, "{numbers:?}");
    let mut out = [0; 1];
    assert_eq!((stream.read_into(&mut out), out), (Ok(1), [2]), "the last one that came back is the first");
    assert_eq!((stream.read_into(&mut out), out), (Ok(1), [1]));
}
