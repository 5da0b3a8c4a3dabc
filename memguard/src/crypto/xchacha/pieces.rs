//! The cipher for long secrets in a build with debug assertions. Without optimisation the one with vectors uses 50 KiB
//! of the stack, and this one 16 KiB. It encrypts piece by piece in locked memory, as the one for short secrets does.

use super::form::{NONCE_LEN, TAG_LEN};
use crate::crypto::form::Refused;
use orion::errors::UnknownCryptoError;
use orion::hazardous::mac::poly1305::{OneTimeKey, Poly1305, Tag};
use orion::hazardous::stream::xchacha20::{self as stream, Nonce, SecretKey};

/// The cipher makes 64 bytes for each number of its counter. The first block is the key of the authenticator.
const BLOCK: usize = 64;

pub(super) use super::short::open;

pub(super) fn seal(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
    room: &mut [u8],
) -> Result<(), Refused> {
    let (key, nonce) = (SecretKey::from_slice(key).map_err(|_| Refused)?, Nonce::from(*nonce));
    let (ciphertext, tag) = sealed.split_at_mut_checked(plain.len()).ok_or(Refused)?;
    let piece = room.len() / BLOCK * BLOCK;
    for (at, (plain, ciphertext)) in plain.chunks(piece).zip(ciphertext.chunks_mut(piece)).enumerate() {
        let counter = u32::try_from(1 + at * (piece / BLOCK)).map_err(|_| Refused)?;
        let room = &mut room[..plain.len()];
        stream::encrypt(&key, &nonce, counter, plain, room).map_err(|_| Refused)?;
        ciphertext.copy_from_slice(room);
    }
    let made = authenticate(&key, &nonce, aad, ciphertext).map_err(|_| Refused)?;
    tag.copy_from_slice(made.unprotected_as_bytes());
    Ok(())
}

/// The tag of RFC 8439, section 2.8, over `aad` and `ciphertext`.
fn authenticate(key: &SecretKey, nonce: &Nonce, aad: &[u8], ciphertext: &[u8]) -> Result<Tag, UnknownCryptoError> {
    let mut one_time = [0; 32];
    stream::encrypt(key, nonce, 0, &[0; 32], &mut one_time)?;
    let mut authenticator = Poly1305::new(&OneTimeKey::from(one_time));
    for part in [aad, ciphertext] {
        authenticator.update(part)?;
        authenticator.update(&[0; TAG_LEN][..part.len().next_multiple_of(TAG_LEN) - part.len()])?;
    }
    for part in [aad, ciphertext] {
        authenticator.update(&(part.len() as u64).to_le_bytes())?;
    }
    authenticator.finalize()
}
