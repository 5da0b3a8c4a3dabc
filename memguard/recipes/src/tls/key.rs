//! An Ed25519 key for TLS, in locked pages.

use ed25519_dalek::{Signer as _, SigningKey as Ed25519};
use memguard::Buffer;
use rustls::pki_types::{SubjectPublicKeyInfoDer, alg_id};
use rustls::sign::{Signer, SigningKey, public_key_to_spki};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use std::sync::Arc;

/// The bytes of PKCS#8 between its version and the seed of an Ed25519 key (RFC 8410): the algorithm, and two strings
/// around the seed.
const BEFORE_SEED: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// An Ed25519 key that stays in its buffer. Each signature reads it there.
///
/// What ed25519-dalek makes of the key is on the stack for the time of a signature. With its feature `zeroize`, the
/// crate wipes it. It does not clear registers, nor what the compiler put elsewhere on the stack.
#[derive(Clone, Debug)]
pub struct LockedKey {
    /// PKCS#8. No copy of the seed is made, not even in locked pages.
    der: Arc<Buffer>,
    public: [u8; 32],
}

impl LockedKey {
    /// The key in this buffer: PKCS#8 in DER, as `openssl genpkey -algorithm ed25519 -outform DER` writes it.
    ///
    /// # Errors
    /// [`Error::General`] if the bytes are something else, or the buffer cannot be read.
    ///
    /// ```
    /// use memguard::Buffer;
    /// use memguard_recipes::tls::key::LockedKey;
    /// assert!(LockedKey::new(Buffer::random(48)?).is_err());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new(der: Buffer) -> Result<Self, Error> {
        let public = with_key(&der, |key| key.verifying_key().to_bytes())?;
        Ok(Self { der: Arc::new(der), public })
    }

    /// The signature of this message.
    ///
    /// # Errors
    /// [`Error::General`] if the buffer cannot be read. After a purge the server can sign nothing any more.
    pub fn signature(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        with_key(&self.der, |key| key.sign(message).to_bytes())
    }

    /// The public key as certificates have it.
    pub fn spki(&self) -> SubjectPublicKeyInfoDer<'static> {
        public_key_to_spki(&alg_id::ED25519, self.public)
    }
}

/// Calls `user` with the key. What it is made of is wiped when `user` returns.
fn with_key<R>(der: &Buffer, user: impl FnOnce(&Ed25519) -> R) -> Result<R, Error> {
    let used = der.with_data(|der| seed(der).map(|seed| user(&Ed25519::from_bytes(seed))));
    let used = used.map_err(|error| Error::General(error.to_string()))?;
    used.ok_or_else(|| Error::General("no Ed25519 key in PKCS#8".into()))
}

/// The seed inside the DER. Version 1 of PKCS#8, counted from 0, has the public key behind it.
fn seed(der: &[u8]) -> Option<&[u8; 32]> {
    match der {
        [0x30, _len, 2, 1, 0 | 1, rest @ ..] => rest.strip_prefix(BEFORE_SEED)?.first_chunk(),
        _ => None,
    }
}

impl SigningKey for LockedKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::ED25519).then(|| Box::new(self.clone()) as _)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(self.spki())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl Signer for LockedKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.signature(message).map(Vec::from)
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}
