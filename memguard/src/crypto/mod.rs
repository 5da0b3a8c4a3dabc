//! The primitives: how the key is split, and how an enclave is sealed.
//!
//! - Split: `key = left XOR BLAKE3(right)`, as in Go memguard's coffer.
//! - Seal: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random 24-byte nonce.
//!
//! Two crates compute the one cipher. `chacha20poly1305` uses vectors, and for 32 bytes it spends most of its 1.4 us on
//! starting them. `orion` uses none: it takes a fifth of that for 32 bytes, half for 256 bytes, and as much for 1 KiB.
//!
//! The caller owns the memory of all secrets: locked pages, or the slice that a user wants sealed. The caller also
//! clears what the primitives leave on the stack: see [`clear`](crate::clear).

mod long;
mod short;
#[cfg(test)]
mod tests;

pub(crate) const KEY_LEN: usize = 32;
pub(crate) const NONCE_LEN: usize = 24;
pub(crate) const TAG_LEN: usize = 16;

/// The longest secret that is short, in bytes.
const SHORT: usize = 512;

/// How much locked memory [`seal`] needs.
pub(crate) const ROOM: usize = SHORT + TAG_LEN;

/// `out = left XOR BLAKE3(right)`.
pub(crate) fn join_key(left: &[u8], right: &[u8], out: &mut [u8]) {
    let mask = blake3::hash(right);
    for ((out, left), mask) in out.iter_mut().zip(left).zip(mask.as_bytes()) {
        *out = left ^ mask;
    }
}

/// What the left half must be XORed with when the right half changes, so that the key stays the same:
/// `BLAKE3(right) XOR BLAKE3(new_right)`.
pub(crate) fn change_of_left(right: &[u8], new_right: &[u8]) -> [u8; KEY_LEN] {
    let mut change = *blake3::hash(right).as_bytes();
    change.iter_mut().zip(blake3::hash(new_right).as_bytes()).for_each(|(old, new)| *old ^= new);
    change
}

/// A value that identifies the key that the halves make. The key cannot be computed from it.
pub(crate) fn fingerprint(left: &[u8], right: &[u8]) -> [u8; 16] {
    let mut key = [0; KEY_LEN];
    join_key(left, right, &mut key);
    let digest = blake3::derive_key("memguard 2026-11 key fingerprint v1", &key);
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}

/// The bytes could not be sealed or did not authenticate.
#[derive(Debug)]
pub(crate) struct Refused;

/// Encrypts `plain` into `sealed`, which has room for it and the tag. `room` is locked memory of [`ROOM`] bytes. A short
/// `plain` is in it for a moment.
pub(crate) fn seal(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
    room: &mut [u8],
) -> Result<(), Refused> {
    if plain.len() > SHORT {
        return long::seal(key, nonce, aad, plain, sealed);
    }
    let room = room.get_mut(..sealed.len()).ok_or(Refused)?;
    short::seal(key, nonce, aad, plain, room)?;
    sealed.copy_from_slice(room);
    Ok(())
}

/// Authenticates `sealed`, which ends with the tag, and only then decrypts it into `plain`.
pub(crate) fn open(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    plain: &mut [u8],
) -> Result<(), Refused> {
    let open = if plain.len() > SHORT { long::open } else { short::open };
    open(key, nonce, aad, sealed, plain)
}
