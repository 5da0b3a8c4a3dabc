//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), for all processors.
//!
//! Two crates compute the one cipher. `chacha20poly1305` uses vectors, and for 32 bytes it spends most of its 1.4 us on
//! starting them. `orion` uses none: it takes a fifth of that for 32 bytes, half for 256 bytes, and as much for 1 KiB.

mod form;
#[cfg(any(test, debug_assertions))]
mod pieces;
mod short;
#[cfg(test)]
mod tests;
#[cfg(any(test, not(debug_assertions)))]
mod vectors;

use super::form::Refused;
#[cfg(debug_assertions)]
use pieces as long;
#[cfg(not(debug_assertions))]
use vectors as long;

pub(super) use form::{NONCE_LEN, TAG_LEN};

/// The longest secret that is short, in bytes.
const SHORT: usize = 512;

/// How much locked memory [`seal`] needs.
pub(super) const ROOM: usize = SHORT + TAG_LEN;

/// Encrypts `plain` into `sealed`, which has room for it and the tag. `room` is locked memory of [`ROOM`] bytes. A
/// short `plain`, or a piece of a long one, may be in it for a moment.
pub(super) fn seal(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
    room: &mut [u8],
) -> Result<(), Refused> {
    if plain.len() > SHORT {
        return long::seal(key, nonce, aad, plain, sealed, room);
    }
    let room = room.get_mut(..sealed.len()).ok_or(Refused)?;
    short::seal(key, nonce, aad, plain, room)?;
    sealed.copy_from_slice(room);
    Ok(())
}

/// Authenticates `sealed`, which ends with the tag, and only then decrypts it into `plain`.
pub(super) fn open(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    plain: &mut [u8],
) -> Result<(), Refused> {
    let open = if plain.len() > SHORT { long::open } else { short::open };
    open(key, nonce, aad, sealed, plain)
}
