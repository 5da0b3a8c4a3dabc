//! How the key is split: `key = left XOR BLAKE3(right)`, as in Go memguard's coffer.

use super::form::KEY_LEN;

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
