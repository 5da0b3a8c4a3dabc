//! What the tag of a sealed form covers beside the ciphertext: the header, and the caller's associated data.

use super::room::room_for;
use crate::Result;

/// The header, followed by the associated data. Empty if there is no such data: an enclave without it needs no copy of
/// its header.
pub(super) struct Covered(Box<[u8]>);

impl Covered {
    /// Room for a header of that length, and this associated data.
    pub(super) fn new(header_len: usize, associated_data: &[u8]) -> Result<Self> {
        if associated_data.is_empty() {
            return Ok(Self(Box::default()));
        }
        let mut whole = room_for(header_len.saturating_add(associated_data.len()))?;
        whole.resize(header_len, 0);
        whole.extend_from_slice(associated_data);
        Ok(Self(whole.into()))
    }

    /// Fills in the header.
    pub(super) fn put(&mut self, header: &[u8]) {
        if let Some(room) = self.0.get_mut(..header.len()) {
            room.copy_from_slice(header);
        }
    }

    /// What the tag covers. `header` is the one that was filled in.
    pub(super) fn with<'c>(&'c self, header: &'c [u8]) -> &'c [u8] {
        if self.0.is_empty() { header } else { &self.0 }
    }
}
