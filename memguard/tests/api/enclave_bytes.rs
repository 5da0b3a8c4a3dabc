//! EXACT: sealed bytes with any change do not open, and nothing panics.

use super::ciphers::sessions_of_each_cipher;
use memguard::{Enclave, Error, Session};

/// The length of the secret.
const LEN: usize = 64;

/// A session of each cipher, and what it sealed.
fn sealed() -> impl Iterator<Item = (Session, Vec<u8>)> {
    sessions_of_each_cipher().map(|session| {
        let mut secret: Vec<u8> = (0..).map(|byte: u32| byte as u8).take(LEN).collect();
        let bytes = session.enclave(&mut secret).unwrap().sealed().to_vec();
        (session, bytes)
    })
}

fn open(session: &Session, bytes: &[u8]) -> Result<usize, Error> {
    session.enclave_from_sealed(bytes).and_then(|enclave: Enclave| Ok(enclave.open()?.len()))
}

/// Opens changed bytes. They must be refused and leave nothing behind.
fn refused(session: &Session, bytes: &[u8], what: &str) {
    let got = open(session, bytes);
    let errors = [Error::Tampered, Error::KeyGone];
    let refused = got.as_ref().is_err_and(|error| {
        errors.contains(error) || matches!(error, Error::SealedTooShort { .. } | Error::OtherCipher { .. })
    });
    assert!(refused, "{what}: {got:?}");
    assert_eq!(session.health().live_buffers, 0, "{what}");
}

#[test]
fn unchanged_bytes_open() {
    for (session, bytes) in sealed() {
        assert_eq!(open(&session, &bytes), Ok(LEN));
    }
}

#[test]
fn every_flipped_bit_is_an_error() {
    for (session, bytes) in sealed() {
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused(&session, &flipped, &format!("bit {bit} flipped"));
        }
        assert_eq!(open(&session, &bytes), Ok(LEN), "the original opens as before");
    }
}

#[test]
fn every_truncation_is_an_error() {
    for (session, bytes) in sealed() {
        for len in 0..bytes.len() {
            refused(&session, &bytes[..len], &format!("cut at its end to {len}"));
            refused(&session, &bytes[bytes.len() - len..], &format!("cut at its start to {len}"));
        }
    }
}

#[test]
fn every_extension_is_an_error() {
    for (session, bytes) in sealed() {
        for more in 1..=64 {
            let tails = [vec![0; more], vec![0xFF; more], bytes.iter().copied().cycle().take(more).collect()];
            for tail in tails {
                refused(&session, &[&bytes[..], &tail].concat(), &format!("{more} bytes {tail:02x?} behind"));
                refused(&session, &[&tail[..], &bytes].concat(), &format!("{more} bytes {tail:02x?} in front"));
            }
        }
        refused(&session, &bytes.repeat(2), "twice");
    }
}
