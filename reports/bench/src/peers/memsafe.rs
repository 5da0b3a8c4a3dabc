//! memsafe: a locked page for each secret, inaccessible at rest.

use crate::ours::BYTE;
use crate::work::Work;
use memsafe::Secret;

fn secret<const N: usize>() -> Secret<N> {
    Secret::new_with(|bytes| bytes.fill(BYTE)).expect("there is memory")
}

/// Creates and destroys a secret.
pub fn create<const N: usize>() -> Work {
    // It is written as it is made. Looking at it would cost two more system calls.
    Work::each(1, || {
        let mut written = 0;
        let secret = Secret::<N>::new_with(|bytes| {
            bytes.fill(BYTE);
            written = u64::from(bytes[N - 1] == BYTE);
        });
        drop(secret.expect("there is memory"));
        written
    })
}

/// Moves 32 bytes into a secret and destroys it.
pub fn from_bytes() -> Work {
    Work::each(1, || match Secret::<32>::from_bytes([BYTE; 32]) {
        Ok(_) => 1,
        Err((_, error)) => panic!("there is memory: {error}"),
    })
}

/// Reads a byte.
pub fn read() -> Work {
    let mut secret = secret::<32>();
    Work::each(u64::from(BYTE), move || u64::from(secret.read().expect("nobody writes")[31]))
}

/// Writes a byte.
pub fn write() -> Work {
    let mut secret = secret::<32>();
    Work::each(u64::from(BYTE), move || {
        let mut bytes = secret.write().expect("nobody reads");
        bytes[0] = BYTE;
        u64::from(bytes[0])
    })
}

/// As many live secrets of 32 bytes.
pub fn live(count: usize) -> Vec<Secret<32>> {
    (0..count).map(|_| secret()).collect()
}

/// The first secret of a process.
pub fn first() -> u64 {
    u64::from(secret::<32>().read().expect("nobody writes")[31])
}
