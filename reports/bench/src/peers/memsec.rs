//! memsec: locked pages between guard pages, always readable.

use crate::ours::BYTE;
use crate::work::Work;
use std::ptr::NonNull;

fn allocate(len: usize) -> NonNull<[u8]> {
    // SAFETY: the memory is used as bytes only, and freed by `free`.
    let memory = unsafe { memsec::malloc_sized(len) }.expect("there is memory");
    // SAFETY: the memory is `len` bytes, and nobody else has it.
    unsafe { memory.cast::<u8>().write_bytes(BYTE, len) };
    memory
}

/// Creates and destroys a secret.
pub fn create(len: usize) -> Work {
    Work::each(u64::from(BYTE), move || {
        let memory = allocate(len);
        // SAFETY: the last of `len` bytes, which `allocate` wrote.
        let last = unsafe { memory.cast::<u8>().add(len - 1).read_volatile() };
        // SAFETY: it came from `malloc_sized`, and nobody uses it any more.
        unsafe { memsec::free(memory) };
        u64::from(last)
    })
}

/// Compares 32 bytes in constant time.
pub fn equals() -> Work {
    let (left, right) = ([BYTE; 32], [BYTE; 32]);
    Work::each(1, move || {
        let (left, right) = std::hint::black_box((&left, &right));
        // SAFETY: both are 32 bytes.
        u64::from(unsafe { memsec::memeq(left.as_ptr(), right.as_ptr(), 32) })
    })
}

/// As many live secrets of 32 bytes.
pub fn live(count: usize) -> Vec<NonNull<[u8]>> {
    (0..count).map(|_| allocate(32)).collect()
}

/// The first secret of a process.
pub fn first() -> u64 {
    // SAFETY: the last of 32 bytes, which `allocate` wrote.
    u64::from(unsafe { allocate(32).cast::<u8>().add(31).read_volatile() })
}
