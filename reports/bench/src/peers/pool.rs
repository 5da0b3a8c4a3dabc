//! sanitization: a pool of slots in one locked mapping.

use crate::ours::BYTE;
use crate::work::Work;
use sanitization::{SecretPool, SecretPoolSlot};

const PROOF: u64 = BYTE as u64;

type Pool = SecretPool<32, 128>;
type Slot = SecretPoolSlot<'static, 32, 128>;

/// A slot borrows its pool, so the pool is never freed. There are few of them.
fn pool() -> &'static Pool {
    Box::leak(Box::new(Pool::new().expect("there is memory")))
}

fn slot(pool: &'static Pool) -> Slot {
    pool.try_allocate_from_array([BYTE; 32]).expect("the memory is intact").expect("a slot is free")
}

fn last(slot: &Slot) -> u64 {
    slot.try_expose_secret(|bytes| u64::from(bytes[31])).expect("the memory is intact")
}

/// Creates and destroys a secret, with as many others alive.
pub fn create(alive: usize) -> Work {
    let pool = pool();
    let others: Vec<Slot> = (0..alive).map(|_| slot(pool)).collect();
    Work::each(PROOF, move || {
        let _alive = &others;
        last(&slot(pool))
    })
}

/// Creates and destroys a secret on several threads.
pub fn create_on(threads: u64) -> Work {
    let pool = pool();
    Work::on_threads(threads, PROOF, move || last(&slot(pool)))
}

/// Reads a byte.
pub fn read() -> Work {
    let slot = slot(pool());
    Work::each(PROOF, move || last(std::hint::black_box(&slot)))
}

/// Writes a byte.
pub fn write() -> Work {
    let mut slot = slot(pool());
    let write = |bytes: &mut [u8; 32]| {
        bytes[0] = BYTE;
        u64::from(std::hint::black_box(bytes)[0])
    };
    Work::each(PROOF, move || slot.try_with_secret_mut(write).expect("the memory is intact"))
}

/// Looks at a copy of the bytes.
pub fn copy() -> Work {
    let slot = slot(pool());
    let look = |bytes: &[u8; 32]| u64::from(std::hint::black_box(bytes)[31]);
    Work::each(PROOF, move || slot.try_expose_secret_copy(look).expect("the memory is intact"))
}

/// Compares in constant time.
pub fn equals() -> Work {
    let slot = slot(pool());
    Work::each(1, move || u64::from(slot.try_constant_time_eq(&[BYTE; 32]).expect("the memory is intact")))
}
