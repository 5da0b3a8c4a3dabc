//! A certificate that a key signs itself, in DER: just enough of X.509 for the name `localhost`.
//!
//! A server has a certificate from an authority, in a file. This one is for tests of the key.

use super::key::LockedKey;
use rustls::Error;
use rustls::pki_types::CertificateDer;

const SEQUENCE: u8 = 0x30;
/// The object identifiers of Ed25519, and of the extension with other names of the subject.
const ED25519: &[u8] = &[6, 3, 0x2b, 0x65, 0x70];
const SUBJECT_ALT_NAME: &[u8] = &[6, 3, 0x55, 0x1d, 0x11];

/// A certificate of this key for `localhost`, valid until the end of 2049.
///
/// # Errors
/// As [`LockedKey::signature`].
///
pub fn self_signed(key: &LockedKey) -> Result<CertificateDer<'static>, Error> {
    let (no_name, algorithm) = (der(SEQUENCE, &[]), der(SEQUENCE, &[ED25519]));
    let validity = der(SEQUENCE, &[&der(0x17, &[b"250101000000Z"]), &der(0x17, &[b"491231235959Z"])]);
    let names = der(SEQUENCE, &[&der(0x82, &[b"localhost"])]);
    let extension = der(SEQUENCE, &[SUBJECT_ALT_NAME, &der(4, &[&names])]);
    let body = der(
        SEQUENCE,
        &[
            &der(0xa0, &[&[2, 1, 2]]), // the third version
            &[2, 1, 1],                // serial number
            &algorithm,
            &no_name, // issuer
            &validity,
            &no_name, // subject
            &key.spki(),
            &der(0xa3, &[&der(SEQUENCE, &[&extension])]),
        ],
    );
    let signature = der(3, &[&[0], &key.signature(&body)?]);
    Ok(der(SEQUENCE, &[&body, &algorithm, &signature]).into())
}

/// A value of DER: its tag, its length and its parts.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let [.., high, low] = value.len().to_be_bytes();
    let head = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, value].concat()
}
