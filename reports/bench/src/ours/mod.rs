//! What memguard does.

pub mod access;
pub mod buffers;
pub mod enclaves;
pub mod sessions;

use memguard::{Isolation, Session};
use std::ops::Deref;

/// What all secrets of the benches are made of.
pub const BYTE: u8 = 7;

/// A session without a rekey thread, so that nothing else runs.
pub fn session(isolation: Isolation) -> Session {
    Session::builder().rekey_interval(None).isolation(isolation).build().expect("the system has what a session needs")
}

/// A session whose secrets have pages of their own.
pub fn paged() -> Session {
    session(Isolation::Page)
}

/// What belongs to a session, with its session. When a session ends, so do its secrets.
pub struct Kept<T> {
    value: T,
    _session: Session,
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// What `make` makes in a session.
fn kept<T>(make: impl FnOnce(&Session) -> T) -> Kept<T> {
    let session = paged();
    Kept { value: make(&session), _session: session }
}
