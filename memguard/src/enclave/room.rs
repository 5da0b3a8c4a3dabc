//! Memory on the heap for what is no secret: ciphertext and associated data.

use crate::{Limit, Result};

/// Memory for that many bytes.
pub(super) fn room_for(len: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Limit::Memory { wanted: len })?;
    Ok(bytes)
}
