//! Sealing and opening with either cipher.

use super::cipher::Cipher;
use super::form::Refused;
use super::{aegis, xchacha};

/// Encrypts `plain` into `sealed`, which begins with the nonce and has room for the ciphertext and the tag. `room` is
/// locked memory of [`Cipher::room`] bytes. `plain`, or a piece of it, may be in it for
/// a moment.
pub(crate) fn seal(
    cipher: Cipher,
    key: &[u8],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
    room: &mut [u8],
) -> Result<(), Refused> {
    match cipher {
        Cipher::XChaCha20Poly1305 => {
            let (nonce, sealed) = sealed.split_first_chunk_mut().ok_or(Refused)?;
            xchacha::seal(key, nonce, aad, plain, sealed, room)
        }
        Cipher::Aegis256 => {
            let (nonce, sealed) = sealed.split_first_chunk_mut().ok_or(Refused)?;
            aegis::seal(key, nonce, aad, plain, sealed)
        }
    }
}

/// Decrypts `sealed`, which begins with the nonce, into `plain`. If it does not authenticate, `plain` is zero or as it
/// was. Until then `plain` may hold bytes that did not authenticate, so no other thread may read it.
pub(crate) fn open(cipher: Cipher, key: &[u8], aad: &[u8], sealed: &[u8], plain: &mut [u8]) -> Result<(), Refused> {
    match cipher {
        Cipher::XChaCha20Poly1305 => {
            let (nonce, sealed) = sealed.split_first_chunk().ok_or(Refused)?;
            xchacha::open(key, nonce, aad, sealed, plain)
        }
        Cipher::Aegis256 => {
            let (nonce, sealed) = sealed.split_first_chunk().ok_or(Refused)?;
            aegis::open(key, nonce, aad, sealed, plain)
        }
    }
}
