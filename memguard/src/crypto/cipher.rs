//! Which cipher seals, and how long its parts are.

use super::{aegis, xchacha};
use std::fmt;

/// What a session seals its enclaves and streams with. [`SessionBuilder::cipher`](crate::SessionBuilder::cipher)
/// chooses it.
///
/// Both have a key of 32 bytes, and a nonce with room for a counter and 16 random bytes, so that none repeats, however
/// many secrets a session seals. Each sealed form names its cipher, and the name is authenticated.
///
/// `Display` gives the usual name, such as `XChaCha20-Poly1305`.
///
/// ```
/// use memguard::{Cipher, Session};
/// let session = Session::builder().cipher(Cipher::fastest()).build()?;
/// assert!(session.enclave(&mut [1, 2, 3])?.open()?.equals(&[1, 2, 3])?);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cipher {
    /// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), with a nonce of 24 bytes and a tag of 16. Its time does not
    /// depend on secrets on any processor. The default.
    #[default]
    XChaCha20Poly1305,
    /// AEGIS-256 (draft-irtf-cfrg-aegis-aead), with a nonce of 32 bytes and a tag of 32. Several times as fast, but
    /// only for processors with AES instructions, and on x86 with AVX too. Software for AES tells the key through the
    /// cache, or is slower than XChaCha20-Poly1305. So there is none, and building a session of this cipher is an error
    /// on other processors.
    ///
    /// The draft gives it 128 bits of security against forgery and recovery of the plaintext, not the 256 bits that
    /// the length of the key suggests.
    Aegis256,
}

impl Cipher {
    /// The fastest cipher of this processor: [`Aegis256`](Self::Aegis256) where it has the instructions, and else
    /// [`XChaCha20Poly1305`](Self::XChaCha20Poly1305).
    ///
    /// ```
    /// assert!(memguard::Cipher::fastest().is_available());
    /// ```
    #[must_use]
    pub fn fastest() -> Self {
        if Self::Aegis256.is_available() { Self::Aegis256 } else { Self::XChaCha20Poly1305 }
    }

    /// Whether a session can use it on this processor. `false` for [`Aegis256`](Self::Aegis256) also where a program
    /// cannot find out.
    ///
    /// ```
    /// assert!(memguard::Cipher::XChaCha20Poly1305.is_available());
    /// ```
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::XChaCha20Poly1305 => true,
            Self::Aegis256 => aegis::is_available(),
        }
    }

    /// The byte that names it in the sealed form.
    pub(crate) const fn id(self) -> u8 {
        match self {
            Self::XChaCha20Poly1305 => 1,
            Self::Aegis256 => 2,
        }
    }

    /// The cipher that this byte names.
    pub(crate) fn of_id(id: u8) -> Option<Self> {
        [Self::XChaCha20Poly1305, Self::Aegis256].into_iter().find(|cipher| cipher.id() == id)
    }

    pub(crate) const fn nonce_len(self) -> usize {
        match self {
            Self::XChaCha20Poly1305 => xchacha::NONCE_LEN,
            Self::Aegis256 => aegis::NONCE_LEN,
        }
    }

    pub(crate) const fn tag_len(self) -> usize {
        match self {
            Self::XChaCha20Poly1305 => xchacha::TAG_LEN,
            Self::Aegis256 => aegis::TAG_LEN,
        }
    }

    /// The longest secret that it takes. A system with addresses of 32 bits has no slice of that length.
    pub(crate) const fn longest(self) -> usize {
        match self {
            Self::XChaCha20Poly1305 => (u32::MAX as usize).saturating_mul(64),
            Self::Aegis256 => usize::MAX >> 3,
        }
    }

    /// How much locked memory [`seal`](super::seal) needs.
    pub(crate) const fn room(self) -> usize {
        match self {
            Self::XChaCha20Poly1305 => xchacha::ROOM,
            Self::Aegis256 => 0,
        }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::XChaCha20Poly1305 => "XChaCha20-Poly1305",
            Self::Aegis256 => "AEGIS-256",
        })
    }
}
