//! hardware-enclave: guarded buffers, pooled slots and sealed secrets.

use crate::ours::BYTE;
use crate::work::Work;
use hardware_enclave::{LockedBuffer, MemoryEnclave, SecureBuffer, pool_acquire, zeroize_all_registered_at_shutdown};
use std::cell::Cell;

const PROOF: u64 = BYTE as u64;

/// More than the 126 slots in which it keeps what was opened lately.
const TOO_MANY: usize = 256;

/// Creates and destroys a guarded buffer, frozen or not.
pub fn create(len: usize, freeze: bool) -> Work {
    Work::each(PROOF, move || {
        let mut buffer = SecureBuffer::new(len).expect("there is memory");
        buffer.bytes().fill(BYTE);
        if freeze {
            buffer.freeze().expect("the pages are mapped");
        }
        u64::from(buffer.as_slice()[len - 1])
    })
}

/// Takes a slot of the pool and gives it back, with as many others taken.
pub fn slot(alive: usize) -> Work {
    let others: Vec<_> = (0..alive).map(|_| pool_acquire(32).expect("a slot is free")).collect();
    Work::each(PROOF, move || {
        let _alive = &others;
        let mut slot = pool_acquire(32).expect("a slot is free");
        slot.bytes().fill(BYTE);
        u64::from(slot.as_slice()[31])
    })
}

/// Looks at the bytes of a guarded buffer. No lock is taken.
pub fn read() -> Work {
    let mut buffer = SecureBuffer::new(32).expect("there is memory");
    buffer.bytes().fill(BYTE);
    Work::each(PROOF, move || u64::from(std::hint::black_box(&buffer).as_slice()[31]))
}

/// Seals a slice.
pub fn seal(len: usize) -> Work {
    let source = vec![BYTE; len];
    Work::each(len as u64, move || MemoryEnclave::seal(&source).expect("there is memory").plaintext_len() as u64)
}

fn sealed(len: usize) -> Vec<MemoryEnclave> {
    (0..TOO_MANY).map(|_| MemoryEnclave::seal(&vec![BYTE; len]).expect("there is memory")).collect()
}

fn opened(enclave: &MemoryEnclave) -> u64 {
    u64::from(enclave.open().expect("there is memory").as_slice()[0])
}

/// Opens an enclave that it has not kept open. They take turns.
pub fn open(len: usize) -> Work {
    let (all, mut next) = (sealed(len), 0);
    Work::each(PROOF, move || {
        next = (next + 1) % TOO_MANY;
        opened(&all[next])
    })
}

/// The same on several threads.
pub fn open_on(threads: u64, len: usize) -> Work {
    thread_local!(static NEXT: Cell<usize> = const { Cell::new(0) });
    let all = sealed(len);
    Work::on_threads(threads, PROOF, move || {
        let next = (NEXT.get() + 1) % TOO_MANY;
        NEXT.set(next);
        opened(&all[next])
    })
}

/// Wipes as many live buffers of 32 bytes at once.
pub fn wipe_all(count: usize) -> Work {
    let create = |_| LockedBuffer::from_bytes([BYTE; 32]).expect("there is memory");
    let prepare = move || (0..count).map(create).collect::<Vec<_>>();
    Work::prepared(1, prepare, |all| {
        zeroize_all_registered_at_shutdown();
        // Those in between are wiped as these are.
        [all.first(), all.last()].iter().flatten().all(|buffer| buffer.bytes_zeroizing()[..] == [0; 32]).into()
    })
}

/// The first guarded buffer of a process.
pub fn first_buffer() -> u64 {
    let mut buffer = SecureBuffer::new(32).expect("there is memory");
    buffer.bytes().fill(BYTE);
    u64::from(buffer.as_slice()[31])
}

/// The first sealed secret of a process.
pub fn first_enclave() -> u64 {
    MemoryEnclave::seal(&[BYTE; 32]).expect("there is memory").plaintext_len() as u64
}
