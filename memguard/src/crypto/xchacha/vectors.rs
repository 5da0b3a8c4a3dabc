//! The cipher for long secrets in an optimised build, with vectors. It never writes what it encrypts anywhere else.

use super::form::{NONCE_LEN, TAG_LEN};
use crate::crypto::form::Refused;
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};

pub(super) fn seal(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
    _room: &mut [u8],
) -> Result<(), Refused> {
    let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| Refused)?;
    let (ciphertext, tag) = sealed.split_at_mut_checked(plain.len()).ok_or(Refused)?;
    let buffers = InOutBuf::new(plain, ciphertext).map_err(|_| Refused)?;
    let made = cipher.encrypt_inout_detached(nonce.into(), aad, buffers).map_err(|_| Refused)?;
    tag.copy_from_slice(&made);
    Ok(())
}

pub(super) fn open(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    plain: &mut [u8],
) -> Result<(), Refused> {
    let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| Refused)?;
    let (ciphertext, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(Refused)?;
    let buffers = InOutBuf::new(ciphertext, plain).map_err(|_| Refused)?;
    cipher.decrypt_inout_detached(nonce.into(), aad, buffers, tag.into()).map_err(|_| Refused)
}
