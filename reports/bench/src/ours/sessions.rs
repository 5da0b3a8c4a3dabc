//! Sessions, their keys, and the first use in a process.

use super::{BYTE, paged};
use crate::work::Work;
use memguard::{Rekey, Session};
use std::time::Duration;

/// Begins and ends a session.
pub fn session(rekeys: bool) -> Work {
    let interval = rekeys.then_some(Duration::from_millis(500));
    let builder = Session::builder().rekey_interval(interval);
    Work::each(1, move || {
        let session = builder.clone().build().expect("the system has what a session needs");
        u64::from(session.close().failed == 0)
    })
}

/// Splits the key anew.
pub fn rekey() -> Work {
    let session = paged();
    drop(session.enclave(&mut [BYTE]).expect("there is memory"));
    Work::each(1, move || u64::from(session.rekey().expect("the key is there") == Rekey::Done))
}

/// The first buffer of a process.
pub fn first_buffer() -> u64 {
    let buffer = memguard::Buffer::from_bytes(&mut [BYTE; 32]).expect("there is memory");
    buffer.with_data(|bytes| u64::from(bytes[31])).expect("nobody writes")
}

/// The first enclave of a process.
pub fn first_enclave() -> u64 {
    memguard::Enclave::new(&mut [BYTE; 32]).expect("there is memory").len() as u64
}
