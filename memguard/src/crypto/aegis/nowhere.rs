//! Other processors: no session gets this cipher, and nothing is sealed.

use super::form::NONCE_LEN;
use crate::crypto::form::Refused;

pub(in crate::crypto) fn is_available() -> bool {
    false
}

pub(in crate::crypto) fn seal(
    _key: &[u8],
    _nonce: &[u8; NONCE_LEN],
    _aad: &[u8],
    _plain: &[u8],
    _sealed: &mut [u8],
) -> Result<(), Refused> {
    Err(Refused)
}

pub(in crate::crypto) fn open(
    _key: &[u8],
    _nonce: &[u8; NONCE_LEN],
    _aad: &[u8],
    _sealed: &[u8],
    _plain: &mut [u8],
) -> Result<(), Refused> {
    Err(Refused)
}
