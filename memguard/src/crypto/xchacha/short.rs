//! The cipher for short secrets. It copies what it encrypts to where the ciphertext will be, so that must be locked
//! memory.

use super::form::NONCE_LEN;
use crate::crypto::form::Refused;
use orion::hazardous::aead::xchacha20poly1305::{self as cipher, Nonce, SecretKey};

pub(super) fn seal(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
) -> Result<(), Refused> {
    let (key, nonce) = (SecretKey::from_slice(key).map_err(|_| Refused)?, Nonce::from(*nonce));
    cipher::seal(&key, &nonce, plain, Some(aad), sealed).map_err(|_| Refused)
}

pub(super) fn open(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    plain: &mut [u8],
) -> Result<(), Refused> {
    let (key, nonce) = (SecretKey::from_slice(key).map_err(|_| Refused)?, Nonce::from(*nonce));
    cipher::open(&key, &nonce, sealed, Some(aad), plain).map_err(|_| Refused)
}
