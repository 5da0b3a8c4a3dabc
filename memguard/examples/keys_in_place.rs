//! Keys of other crates' algorithms, used where they lie: HMAC, an AEAD and ed25519.
//!
//! Run it with `cargo run -p memguard --example keys_in_place`.
//!
//! `with_data` lends the bytes, so the program makes no copy of a key. The crates keep what they make of it in a value
//! on the stack, and wipe that value as it is dropped, with their feature `zeroize`. So it is made and dropped inside
//! the closure. What they leave in registers and on the dead stack, they do not clear.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use memguard::{Buffer, Enclave, FlatResult, with_buffers};
use sha2::Sha256;
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The code that authenticates the message. HMAC takes a key of any length.
fn authenticate(key: &Buffer, message: &[u8]) -> Result<[u8; 32]> {
    let code = |key: &[u8]| -> Result<_> {
        let mac = Hmac::<Sha256>::new_from_slice(key)?;
        Ok(mac.chain_update(message).finalize().into_bytes().into())
    };
    key.with_data(code).flat()
}

/// Encrypts the text in its buffer.
fn encrypt(key: &Buffer, nonce: &XNonce, text: &Buffer) -> Result<Tag> {
    let encrypt = |keys: &[&[u8]], texts: &mut [&mut [u8]]| -> Result<Tag> {
        let cipher = XChaCha20Poly1305::new_from_slice(keys[0])?;
        let tag = cipher.encrypt_inout_detached(nonce, b"", (&mut *texts[0]).into());
        tag.map_err(|_| "too long".into())
    };
    with_buffers(&[key], &[text], encrypt).flat()
}

/// Decrypts it again.
fn decrypt(key: &Buffer, nonce: &XNonce, text: &Buffer, tag: &Tag) -> Result<()> {
    let decrypt = |keys: &[&[u8]], texts: &mut [&mut [u8]]| -> Result<()> {
        let cipher = XChaCha20Poly1305::new_from_slice(keys[0])?;
        let opened = cipher.decrypt_inout_detached(nonce, b"", (&mut *texts[0]).into(), tag);
        opened.map_err(|_| "the text was changed".into())
    };
    with_buffers(&[key], &[text], decrypt).flat()
}

/// Signs with a seed that is sealed while nobody signs. It makes no buffer.
fn sign(seed: &Enclave, message: &[u8]) -> Result<(Signature, VerifyingKey)> {
    let sign = |seed: &[u8]| -> Result<_> {
        let key = SigningKey::from_bytes(seed.try_into()?);
        Ok((key.sign(message), key.verifying_key()))
    };
    seed.with_data(sign).flat()
}

fn main() -> Result<()> {
    let key = Buffer::random(32)?;
    let mac = authenticate(&key, b"a message")?;
    assert_eq!(authenticate(&key, b"a message")?, mac);
    assert_ne!(authenticate(&key, b"another one")?, mac);

    let (key, text) = (Buffer::random(32)?, Buffer::new(13)?);
    text.copy_from(b"a secret text")?;
    let mut nonce = XNonce::default();
    memguard::scramble_bytes(&mut nonce)?;
    let tag = encrypt(&key, &nonce, &text)?;
    assert!(!text.equals(b"a secret text")?);
    decrypt(&key, &nonce, &text, &tag)?;
    assert!(text.equals(b"a secret text")?);
    assert!(decrypt(&key, &nonce, &text, &tag).is_err(), "it is no ciphertext any more");

    let seed = Enclave::random(32)?;
    let (signature, public) = sign(&seed, b"a message")?;
    public.verify(b"a message", &signature)?;

    println!("authenticated, encrypted and signed");
    Ok(())
}
