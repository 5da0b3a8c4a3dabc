//! Buffers come and go.

use super::{BYTE, paged, session};
use crate::work::Work;
use memguard::{Buffer, Isolation, Session};

/// How many buffers a purge wipes.
pub const MANY: usize = 10_000;

fn created(session: &Session, len: usize) -> u64 {
    session.buffer(len).expect("there is memory").len() as u64
}

/// Creates and destroys a buffer, with as many others alive.
pub fn create(isolation: Isolation, len: usize, alive: usize) -> Work {
    let session = session(isolation);
    let others: Vec<Buffer> = (0..alive).map(|_| session.buffer(32).expect("there is memory")).collect();
    Work::each(len as u64, move || {
        let _alive = &others;
        created(&session, len)
    })
}

/// The same on several threads.
pub fn create_on(threads: u64, len: usize) -> Work {
    let session = paged();
    Work::on_threads(threads, len as u64, move || created(&session, len))
}

/// Creates and destroys a buffer of 32 bytes that is read-only from birth.
pub fn from_bytes() -> Work {
    let session = paged();
    Work::each(32, move || {
        let mut source = [BYTE; 32];
        let buffer = session.buffer_from_bytes(&mut source).expect("there is memory");
        // The source is wiped, so its bytes add nothing.
        buffer.len() as u64 + u64::from(source[31])
    })
}

/// Purges many live buffers of 32 bytes.
pub fn purge(isolation: Isolation, read_only: bool) -> Work {
    let prepare = move || {
        let session = session(isolation);
        let create = |_| match read_only {
            true => session.buffer_from_bytes(&mut [BYTE; 32]).expect("there is memory"),
            false => session.buffer(32).expect("there is memory"),
        };
        let buffers: Vec<Buffer> = (0..MANY).map(create).collect();
        (buffers, session)
    };
    Work::prepared(MANY as u64, prepare, |(_, session)| session.purge().wiped)
}
