//! The secrets of models, and how models read them.

use crate::saw;
use memguard::{Buffer, Enclave, Error, Result, Session};
use std::sync::Arc;

/// The length of the secrets: less than a page, so that there is a canary to check.
const LEN: usize = 16;

/// A secret. No byte of it is zero, so wiped memory never equals it.
pub const SECRET: [u8; LEN] = *b"attack at dawn!!";

/// Another secret, different in every byte, so that a mixture of the two is found.
pub const OTHER: [u8; LEN] = *b"RETREAT BY NIGHT";

/// A buffer with these bytes, for threads to share.
///
/// # Panics
/// If the session refuses it. Not for threads that race with a purge.
pub fn keep(session: &Session, bytes: &[u8; LEN]) -> Arc<Buffer> {
    let buffer = session.buffer(LEN).expect("a buffer");
    buffer.copy_from(bytes).expect("no other thread is inside");
    Arc::new(buffer)
}

/// Reads the buffer twice, with a step between at which other threads may run. An access that has begun sees the same
/// bytes until it ends, even if another thread destroys the buffer meanwhile.
///
/// # Errors
/// The error of the access, if it is refused.
///
/// # Panics
/// If the bytes are wiped or changed during the access.
pub fn look(buffer: &Buffer) -> Result<[u8; LEN]> {
    buffer.with_data(|bytes| {
        let first: [u8; LEN] = bytes.try_into().expect("the length of a living buffer does not change");
        buffer.is_alive();
        assert_eq!(bytes, first, "WIPED: the bytes changed during an access");
        first
    })
}

/// Checks the result of a [`look`] at a buffer of [`SECRET`] that another thread may destroy. Notes "read" or
/// "refused".
///
/// # Panics
/// If it is anything else.
pub fn read_or_refused(looked: Result<[u8; LEN]>) {
    match looked {
        Ok(bytes) => {
            assert_eq!(bytes, SECRET);
            saw("read");
        }
        Err(error) => {
            assert_eq!(error, Error::Destroyed);
            saw("refused");
        }
    }
}

/// Opens an enclave of this secret whose key another thread may purge. Notes "opens" or "key gone".
///
/// # Panics
/// If it is anything else.
pub fn opens_or_key_gone(enclave: &Enclave, secret: [u8; LEN]) {
    match enclave.open() {
        Ok(opened) => {
            assert_eq!(look(&opened), Ok(secret), "EXACT: it opened to something else");
            saw("opens");
        }
        Err(error) => {
            assert_eq!(error, Error::KeyGone);
            saw("key gone");
        }
    }
}
