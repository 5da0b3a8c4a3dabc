//! Accesses to a buffer of 32 bytes.

use super::{BYTE, Kept, kept};
use crate::work::Work;
use memguard::Buffer;

const PROOF: u64 = BYTE as u64;

/// A buffer of 32 bytes that can be written.
pub fn filled() -> Kept<Buffer> {
    kept(|session| {
        let buffer = session.buffer(32).expect("there is memory");
        buffer.copy_from(&[BYTE; 32]).expect("it can be written");
        buffer
    })
}

/// Reads a byte.
pub fn read() -> Work {
    let buffer = filled();
    Work::each(PROOF, move || buffer.with_data(|bytes| u64::from(bytes[31])).expect("nobody writes"))
}

/// Reads a byte of one buffer on several threads.
pub fn read_on(threads: u64) -> Work {
    let buffer = filled();
    Work::on_threads(threads, PROOF, move || buffer.with_data(|bytes| u64::from(bytes[31])).expect("nobody writes"))
}

/// Adds to a byte. What it was is the proof.
pub fn write() -> Work {
    let buffer = filled();
    let mut writes = 0_u64;
    Work::each(1, move || {
        writes += 1;
        let add = |bytes: &mut [u8]| {
            bytes[0] = bytes[0].wrapping_add(1);
            u64::from(bytes[0] == (writes.wrapping_add(u64::from(BYTE))) as u8)
        };
        buffer.with_data_mut(add).expect("it is mutable")
    })
}

/// Looks at a copy of the bytes as numbers.
pub fn uint64_slice() -> Work {
    let buffer = filled();
    let proof = u64::from(u64::from_ne_bytes([BYTE; 8]).count_ones()) + 4;
    let look = |numbers: &[u64]| u64::from(numbers[3].count_ones()) + numbers.len() as u64;
    Work::each(proof, move || buffer.uint64_slice(look).expect("nobody writes"))
}

/// Compares in constant time.
pub fn equals() -> Work {
    let buffer = filled();
    assert!(!buffer.equals(&[0; 32]).expect("nobody writes"));
    Work::each(1, move || u64::from(buffer.equals(&[BYTE; 32]).expect("nobody writes")))
}

/// Locks and unlocks a mutex of the library without contention.
pub fn lock() -> Work {
    use memguard::sync::{Class, Mutex, Site};
    let mutex = Mutex::new(Class::Pool, u64::from(BYTE));
    Work::each(PROOF, move || *mutex.lock(Site::PoolTake).expect("nothing panics under it"))
}
