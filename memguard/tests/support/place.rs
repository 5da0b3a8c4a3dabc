//! Where a secret lies, and whether it still does. This oracle asks the kernel, not the library.

use memguard::Buffer;
use std::array;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A secret that no other place of this process has: letters, so it is text too.
pub type Secret = [u8; 8];

pub fn new_secret() -> Secret {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    array::from_fn(|at| 0x40 | (number >> (6 * at)) as u8 & 0x3f)
}

/// Where a secret begins. Its pages may be unmapped when it is looked at, and others may be mapped there.
#[derive(Clone, Copy)]
pub struct Place {
    pub address: u64,
    pub secret: Secret,
}

impl Place {
    /// Fills the buffer with a new secret.
    pub fn fill(buffer: &Buffer) -> Self {
        let secret = new_secret();
        let fill = |bytes: &mut [u8]| {
            bytes.chunks_exact_mut(8).for_each(|chunk| chunk.copy_from_slice(&secret));
            Self { address: bytes.as_ptr().addr() as u64, secret }
        };
        buffer.with_data_mut(fill).expect("alive")
    }

    pub fn holds_the_secret(&self, memory: &File) -> bool {
        let mut bytes = [0; 8];
        memory.read_at(&mut bytes, self.address).is_ok_and(|read| read == 8) && bytes == self.secret
    }
}

/// The memory of this process, also where it is protected.
pub fn own_memory() -> File {
    File::open("/proc/self/mem").expect("our own memory")
}
