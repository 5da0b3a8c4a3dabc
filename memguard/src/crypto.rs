//! The primitives: how the key is split, and how an enclave is sealed.
//!
//! - Split: `key = left XOR BLAKE3(right)`, as in Go memguard's coffer.
//! - Seal: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random 24-byte nonce.
//!
//! The caller owns the memory of all secrets: locked pages, or the slice that a user wants sealed. [`scrubbed`]
//! overwrites what the primitives leave on the stack.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};

pub(crate) const KEY_LEN: usize = 32;
pub(crate) const NONCE_LEN: usize = 24;
pub(crate) const TAG_LEN: usize = 16;

/// How many bytes of the stack are overwritten. In a debug build, the deepest call in this file used fewer.
const SCRUB: usize = 32 * 1024;

/// Runs `step` and then overwrites the stack below this frame, where it ran.
fn scrubbed<R>(step: impl FnOnce() -> R) -> R {
    /// Never inlined, so `step` runs in a frame below the caller's. The overwriting starts there.
    #[inline(never)]
    fn below<R>(step: impl FnOnce() -> R) -> R {
        step()
    }
    let result = below(step);
    zeroize::zeroize_stack::<SCRUB>();
    result
}

/// `out = left XOR BLAKE3(right)`.
pub(crate) fn join_key(left: &[u8], right: &[u8], out: &mut [u8]) {
    scrubbed(|| {
        let mask = blake3::hash(right);
        for ((out, left), mask) in out.iter_mut().zip(left).zip(mask.as_bytes()) {
            *out = left ^ mask;
        }
    });
}

/// Computes the left half that makes the same key with `new_right`: `left XOR BLAKE3(right) XOR BLAKE3(new_right)`.
pub(crate) fn resplit(left: &[u8], right: &[u8], new_right: &[u8], new_left: &mut [u8]) {
    scrubbed(|| {
        let (old, new) = (blake3::hash(right), blake3::hash(new_right));
        for (((out, left), old), new) in new_left.iter_mut().zip(left).zip(old.as_bytes()).zip(new.as_bytes()) {
            *out = left ^ old ^ new;
        }
    });
}

/// A value that identifies a key. The key cannot be computed from it.
pub(crate) fn fingerprint(key: &[u8]) -> [u8; 16] {
    scrubbed(|| {
        let digest = blake3::derive_key("memguard 2026-11 key fingerprint v1", key);
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        short
    })
}

/// The bytes could not be sealed or did not authenticate.
#[derive(Debug)]
pub(crate) struct Refused;

/// Encrypts `plain` into `sealed`, which has the same length, and returns the tag.
pub(crate) fn seal(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
) -> Result<[u8; TAG_LEN], Refused> {
    scrubbed(|| {
        let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| Refused)?;
        let buffers = InOutBuf::new(plain, sealed).map_err(|_| Refused)?;
        cipher.encrypt_inout_detached(nonce.into(), aad, buffers).map(Into::into).map_err(|_| Refused)
    })
}

/// Authenticates `sealed` and only then decrypts it into `plain`, which has the same length.
pub(crate) fn open(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    tag: &[u8; TAG_LEN],
    plain: &mut [u8],
) -> Result<(), Refused> {
    scrubbed(|| {
        let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| Refused)?;
        let buffers = InOutBuf::new(sealed, plain).map_err(|_| Refused)?;
        cipher.decrypt_inout_detached(nonce.into(), aad, buffers, tag.into()).map_err(|_| Refused)
    })
}
