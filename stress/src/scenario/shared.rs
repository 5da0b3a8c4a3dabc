//! Shared buffers whose bytes say whether they are whole.

use crate::ops::tagged;
use crate::{Guarantee, Violation};
use memguard::{Buffer, Session};

/// A buffer of `len` bytes that hold the stamp `id`.
pub(super) fn stamped_buffer(session: &Session, seed: u64, id: u64, len: usize) -> memguard::Result<Buffer> {
    let buffer = session.buffer(len)?;
    buffer.with_data_mut(|bytes| tagged::write(seed, id, bytes))?;
    Ok(buffer)
}

/// The id of the stamp in the bytes of a shared buffer.
pub(super) fn stamp_of(seed: u64, bytes: &[u8]) -> Result<u64, Violation> {
    tagged::check(seed, bytes).map_err(|how| Violation::new(Guarantee::Exact, format!("a shared buffer: {how}")))
}
