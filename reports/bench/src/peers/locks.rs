//! Bare locks, around bytes that are neither locked in memory nor wiped.

use crate::ours::BYTE;
use crate::work::Work;
use std::sync::{Mutex, RwLock};

const PROOF: u64 = BYTE as u64;
const NOBODY_PANICS: &str = "nothing panics under it";

/// Reads a byte under the standard library's lock.
pub fn std_read() -> Work {
    let lock = RwLock::new([BYTE; 32]);
    Work::each(PROOF, move || u64::from(lock.read().expect(NOBODY_PANICS)[31]))
}

/// The same on several threads.
pub fn std_read_on(threads: u64) -> Work {
    let lock = RwLock::new([BYTE; 32]);
    Work::on_threads(threads, PROOF, move || u64::from(lock.read().expect(NOBODY_PANICS)[31]))
}

/// Writes a byte under the standard library's lock.
pub fn std_write() -> Work {
    let lock = RwLock::new([BYTE; 32]);
    Work::each(PROOF, move || {
        let mut bytes = lock.write().expect(NOBODY_PANICS);
        bytes[0] = BYTE;
        u64::from(std::hint::black_box(&bytes)[0])
    })
}

/// Reads a byte under parking_lot's lock.
pub fn parking_lot_read() -> Work {
    let lock = parking_lot::RwLock::new([BYTE; 32]);
    Work::each(PROOF, move || u64::from(lock.read()[31]))
}

/// The same on several threads.
pub fn parking_lot_read_on(threads: u64) -> Work {
    let lock = parking_lot::RwLock::new([BYTE; 32]);
    Work::on_threads(threads, PROOF, move || u64::from(lock.read()[31]))
}

/// Locks and unlocks the standard library's mutex.
pub fn std_lock() -> Work {
    let mutex = Mutex::new(PROOF);
    Work::each(PROOF, move || *mutex.lock().expect(NOBODY_PANICS))
}

/// Locks and unlocks parking_lot's mutex.
pub fn parking_lot() -> Work {
    let mutex = parking_lot::Mutex::new(PROOF);
    Work::each(PROOF, move || *mutex.lock())
}

/// Locks and unlocks a mutex that checks the order of locks.
pub fn tracing() -> Work {
    let mutex = tracing_mutex::parkinglot::tracing::Mutex::new(PROOF);
    Work::each(PROOF, move || *mutex.lock())
}
