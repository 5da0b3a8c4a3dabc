//! Bare ciphers, in place in plain memory, with the set-up of the key. No random nonce, no wipe, no allocation.

use crate::ours::BYTE;
use crate::work::Work;
use aegis::aegis256::Aegis256;
use aes_gcm::Aes256Gcm;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit, Nonce, Tag};

const KEY: [u8; 32] = [3; 32];

fn encrypt<C: AeadInOut + KeyInit>(bytes: &mut [u8]) -> Tag<C> {
    let cipher = C::new_from_slice(&KEY).expect("it takes 32 bytes");
    cipher.encrypt_inout_detached(&Nonce::<C>::default(), &[], bytes.into()).expect("it is not too long")
}

fn decrypt<C: AeadInOut + KeyInit>(bytes: &mut [u8], tag: &Tag<C>) -> bool {
    let cipher = C::new_from_slice(&KEY).expect("it takes 32 bytes");
    cipher.decrypt_inout_detached(&Nonce::<C>::default(), &[], bytes.into(), tag).is_ok()
}

fn sealing<C: AeadInOut + KeyInit>(len: usize) -> impl FnMut() -> u64 + 'static {
    let mut bytes = vec![BYTE; len];
    move || {
        let tag = encrypt::<C>(&mut bytes);
        u64::from(std::hint::black_box(&tag).iter().any(|&byte| byte != 0))
    }
}

fn seal<C: AeadInOut + KeyInit>(len: usize) -> Work {
    Work::each(1, sealing::<C>(len))
}

/// One step of [`xchacha_seal`], for floors. It returns 1.
pub fn xchacha_step(len: usize) -> impl FnMut() -> u64 + 'static {
    sealing::<XChaCha20Poly1305>(len)
}

/// XChaCha20-Poly1305 on 32 bytes by the crate that memguard uses for short secrets, for floors. It returns 1.
pub fn short_xchacha_step() -> impl FnMut() -> u64 + 'static {
    use orion::hazardous::aead::xchacha20poly1305::{Nonce, SecretKey, seal};
    let (key, nonce) = (SecretKey::from_slice(&KEY), Nonce::from_slice(&[0; 24]));
    let (key, nonce) = (key.expect("it takes 32 bytes"), nonce.expect("it takes 24 bytes"));
    let mut sealed = [0; 48];
    move || {
        let done = seal(&key, &nonce, std::hint::black_box(&[BYTE; 32]), None, &mut sealed);
        u64::from(done.is_ok() && std::hint::black_box(&sealed).iter().any(|&byte| byte != 0))
    }
}

/// One step of [`aegis_seal`], for floors. It returns 1.
pub fn aegis_step(len: usize) -> impl FnMut() -> u64 + 'static {
    let mut bytes = vec![BYTE; len];
    move || {
        let tag = Aegis256::<16>::new(&KEY, &[0; 32]).encrypt_in_place(&mut bytes, &[]);
        u64::from(std::hint::black_box(&tag).iter().any(|&byte| byte != 0))
    }
}

/// XChaCha20-Poly1305, which memguard seals with, encrypts.
pub fn xchacha_seal(len: usize) -> Work {
    seal::<XChaCha20Poly1305>(len)
}

/// AES-256-GCM encrypts.
pub fn aes_seal(len: usize) -> Work {
    seal::<Aes256Gcm>(len)
}

/// AEGIS-256, in C, encrypts.
pub fn aegis_seal(len: usize) -> Work {
    Work::each(1, aegis_step(len))
}

/// What is decrypted is ciphertext again before each operation, off the clock.
fn open<C: AeadInOut + KeyInit>(len: usize) -> Work {
    let mut sealed = vec![BYTE; len];
    let tag = encrypt::<C>(&mut sealed);
    let mut bytes = vec![0; len];
    Work::batches(1, move |operations| {
        let mut all = crate::work::Batch { time: std::time::Duration::ZERO, sum: 0 };
        for _ in 0..operations {
            bytes.copy_from_slice(&sealed);
            let started = std::time::Instant::now();
            let is_authentic = decrypt::<C>(std::hint::black_box(&mut bytes), &tag);
            all.time += started.elapsed();
            all.sum += u64::from(is_authentic && bytes[len - 1] == BYTE);
        }
        all
    })
}

/// XChaCha20-Poly1305 decrypts.
pub fn xchacha_open(len: usize) -> Work {
    open::<XChaCha20Poly1305>(len)
}

/// AES-256-GCM decrypts.
pub fn aes_open(len: usize) -> Work {
    open::<Aes256Gcm>(len)
}

/// XChaCha20-Poly1305 encrypts and decrypts, in pieces of the length that a stream seals at once.
pub fn xchacha_stream(len: usize) -> Work {
    const PIECE: usize = 16 * 1024;
    let mut bytes = vec![BYTE; len];
    Work::each(u64::from(BYTE), move || {
        let tags: Vec<_> = bytes.chunks_mut(PIECE).map(encrypt::<XChaCha20Poly1305>).collect();
        let decrypted = bytes.chunks_mut(PIECE).zip(&tags).all(|(piece, tag)| decrypt::<XChaCha20Poly1305>(piece, tag));
        u64::from(decrypted) * u64::from(bytes[len - 1])
    })
}
