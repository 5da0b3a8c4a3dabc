//! Programs from bytes.
//!
//! Each byte is a lock that a thread takes:
//!
//! | bits | content |
//! |---|---|
//! | 0, 1 | the lock; 3 begins the next thread instead |
//! | 2, 3 | how: two values write, one reads, one tries |
//! | 4, 5 | how many more the thread takes before the release, at most 2 |
//!
//! Bytes for more threads, or for more locks than a thread takes at most, are skipped.

use super::program::{LOCKS, MOST_TAKES, Program, THREADS, Take};
use super::{Release, program};

pub(super) fn decode(bytes: &[u8], release: Release) -> Program {
    let mut threads = vec![Vec::new()];
    for byte in bytes {
        let (lock, lasts) = (usize::from(byte & 3), usize::from(byte >> 4 & 3).min(2));
        if lock == LOCKS {
            if threads.len() == THREADS {
                break;
            }
            threads.push(Vec::new());
            continue;
        }
        let take = match byte >> 2 & 3 {
            2 => Take::Read,
            3 => Take::Try,
            _ => Take::Write,
        };
        if let Some(takes) = threads.last_mut().filter(|takes| takes.len() < MOST_TAKES) {
            takes.push((take, lock, lasts));
        }
    }
    Program(threads.into_iter().map(|takes| program::thread(takes, release)).collect())
}

#[test]
fn bytes_are_a_program() {
    let bytes = [0x10, 0x01, 0x03, 0x19, 0x0c, 0x03, 0x02, 0x03, 0x00];
    assert_eq!(decode(&bytes, Release::Nested).to_string(), "+a +b -b -a | rb ?a -a -b | +c -c ");
}
