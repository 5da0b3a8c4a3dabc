//! Sealing and opening with AEGIS-256. All that this leaves is in registers and on the stack, which the caller clears.

use super::block::{self, store, xor};
use super::form::{NONCE_LEN, TAG_LEN};
use super::state::{State, halves};
use crate::crypto::form::{KEY_LEN, Refused};
use zeroize::Zeroize;

pub(in crate::crypto) fn is_available() -> bool {
    block::is_available()
}

/// Encrypts `plain` into `sealed`, which has room for it and the tag.
pub(in crate::crypto) fn seal(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
) -> Result<(), Refused> {
    let work = Work::of(key, nonce, aad, plain.len())?;
    let (ciphertext, tag) = sealed.split_last_chunk_mut().ok_or(Refused)?;
    if ciphertext.len() != plain.len() || !is_available() {
        return Err(Refused);
    }
    // SAFETY: the processor has the instructions.
    unsafe { encrypt(&work, plain, ciphertext, tag) };
    Ok(())
}

/// Decrypts `sealed`, which ends with the tag, into `plain`. Wipes `plain` if the tag is not right.
pub(in crate::crypto) fn open(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    plain: &mut [u8],
) -> Result<(), Refused> {
    let work = Work::of(key, nonce, aad, plain.len())?;
    let (ciphertext, tag) = sealed.split_last_chunk().ok_or(Refused)?;
    if ciphertext.len() != plain.len() || !is_available() {
        return Err(Refused);
    }
    // SAFETY: the processor has the instructions.
    if unsafe { decrypt(&work, ciphertext, tag, plain) } {
        return Ok(());
    }
    plain.zeroize();
    Err(Refused)
}

/// What encryption and decryption get both.
struct Work<'w> {
    key: &'w [u8; KEY_LEN],
    nonce: &'w [u8; NONCE_LEN],
    aad: &'w [u8],
    aad_bits: u64,
    plain_bits: u64,
}

impl<'w> Work<'w> {
    fn of(key: &'w [u8], nonce: &'w [u8; NONCE_LEN], aad: &'w [u8], len: usize) -> Result<Self, Refused> {
        let bits = |len: usize| u64::try_from(len).ok()?.checked_mul(8);
        let (Ok(key), Some(aad_bits), Some(plain_bits)) = (key.try_into(), bits(aad.len()), bits(len)) else {
            return Err(Refused);
        };
        Ok(Self { key, nonce, aad, aad_bits, plain_bits })
    }
}

#[cfg_attr(target_arch = "aarch64", target_feature(enable = "aes"))]
#[cfg_attr(not(target_arch = "aarch64"), target_feature(enable = "aes,avx"))]
fn encrypt(work: &Work<'_>, plain: &[u8], ciphertext: &mut [u8], tag: &mut [u8; TAG_LEN]) {
    let mut state = State::new(work.key, work.nonce);
    state.absorb(work.aad);
    let ((plain, plain_rest), (ciphertext, ciphertext_rest)) = (plain.as_chunks(), ciphertext.as_chunks_mut());
    for (plain, ciphertext) in plain.iter().zip(ciphertext) {
        state.encrypt(plain, ciphertext);
    }
    if !plain_rest.is_empty() {
        state.encrypt_rest(plain_rest, ciphertext_rest);
    }
    let (tag, _) = tag.as_chunks_mut();
    for (made, tag) in state.tag(work.aad_bits, work.plain_bits).into_iter().zip(tag) {
        store(made, tag);
    }
}

/// Whether the tag is right. The time does not depend on where it differs.
#[cfg_attr(target_arch = "aarch64", target_feature(enable = "aes"))]
#[cfg_attr(not(target_arch = "aarch64"), target_feature(enable = "aes,avx"))]
fn decrypt(work: &Work<'_>, ciphertext: &[u8], tag: &[u8; TAG_LEN], plain: &mut [u8]) -> bool {
    let mut state = State::new(work.key, work.nonce);
    state.absorb(work.aad);
    let ((ciphertext, ciphertext_rest), (plain, plain_rest)) = (ciphertext.as_chunks(), plain.as_chunks_mut());
    for (ciphertext, plain) in ciphertext.iter().zip(plain) {
        state.decrypt(ciphertext, plain);
    }
    if !ciphertext_rest.is_empty() {
        state.decrypt_rest(ciphertext_rest, plain_rest);
    }
    let ([made_0, made_1], [tag_0, tag_1]) = (state.tag(work.aad_bits, work.plain_bits), halves(tag));
    let (mut differs_0, mut differs_1) = ([0; 16], [0; 16]);
    store(xor(made_0, tag_0), &mut differs_0);
    store(xor(made_1, tag_1), &mut differs_1);
    u128::from_ne_bytes(differs_0) | u128::from_ne_bytes(differs_1) == 0
}
