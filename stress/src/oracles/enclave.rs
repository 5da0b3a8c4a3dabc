//! Sealed bytes under mutation.

use memguard::{Cipher, Error, Session, Sim};

/// EXACT. With each cipher: seals a secret taken from the input, edits the sealed bytes as the rest of the input says,
/// and opens them.
///
/// Input: one byte of length `n` (1 to 64, modulo), `n` bytes of secret, then edits of three bytes each: what (flip a
/// byte, cut the end, append), where, which value.
///
/// # Panics
/// If unchanged bytes do not open to the secret, or changed bytes open at all.
///
/// ```
/// memguard_stress::oracles::tampered_enclave(b"\x03key"); // no edits: must open
/// memguard_stress::oracles::tampered_enclave(b"\x03key\x00\x10\x01"); // byte 16 flipped: must not
/// ```
pub fn tampered_enclave(input: &[u8]) {
    let Some((&length, rest)) = input.split_first() else { return };
    let length = usize::from(length % 64) + 1;
    let Some((secret, edits)) = rest.split_at_checked(length) else { return };

    let ciphers = [Cipher::XChaCha20Poly1305, Cipher::Aegis256].into_iter();
    ciphers.filter(|cipher| cipher.is_available()).for_each(|cipher| tampered(cipher, secret, edits));
}

fn tampered(cipher: Cipher, secret: &[u8], edits: &[u8]) {
    let session = Session::builder()
        .simulated(&Sim::new(4096))
        .cipher(cipher)
        .rekey_interval(None)
        .build()
        .unwrap_or_else(|error| panic!("no simulated session: {error}"));
    let original = session.enclave(&mut secret.to_vec()).unwrap_or_else(|error| panic!("sealing failed: {error}"));
    let mut sealed = original.sealed().to_vec();
    edits.chunks_exact(3).for_each(|edit| apply(edit, &mut sealed));

    let opened = session.enclave_from_sealed(&sealed).and_then(|enclave| enclave.open()?.equals(secret));
    let unchanged = sealed == original.sealed();
    match opened {
        Ok(exact) => assert!(unchanged && exact, "edited bytes opened, or unchanged bytes opened to something else"),
        Err(Error::Tampered | Error::KeyGone | Error::SealedTooShort { .. } | Error::OtherCipher { .. }) => {
            assert!(!unchanged, "unchanged bytes were refused");
        }
        Err(other) => panic!("an unexpected error: {other}"),
    }
    let health = session.health();
    assert!((health.live_buffers, health.registered) == (0, 0), "a buffer was left behind");
    assert!(session.audit().dirty_slots == 0, "a page was left unwiped");
}

fn apply(edit: &[u8], sealed: &mut Vec<u8>) {
    let &[what, at, value] = edit else { return };
    match what % 3 {
        0 if !sealed.is_empty() => {
            let at = usize::from(at) % sealed.len();
            sealed[at] ^= value;
        }
        1 => sealed.truncate(sealed.len().saturating_sub(usize::from(value))),
        2 => sealed.extend(std::iter::repeat_n(value, usize::from(at % 16))),
        _ => {}
    }
}
