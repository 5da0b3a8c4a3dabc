//! Who signs.

use hmac::{Hmac, KeyInit, Mac};
use memguard::Buffer;
use sha2::Sha256;
use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::ops::RangeInclusive;
use std::path::Path;

/// A code of HMAC-SHA256.
pub type Code = [u8; 32];

/// Signs messages. `signing_rate` has another signer, with a plain key.
pub trait Sign: Send + Sync + 'static {
    /// The code of this message.
    ///
    /// # Errors
    /// As [`Buffer::with_data`]. After a purge there is no key any more.
    fn sign(&self, message: &[u8]) -> memguard::Result<Code>;
}

/// The code of this message under this key.
///
/// The state of the computation follows from the key, so anyone who has it can sign. `hmac` wipes it, with its feature
/// `zeroize`.
///
/// # Panics
/// Never: HMAC takes a key of any length.
///
/// ```
/// use memguard_recipes::service::signer::code;
/// assert_ne!(code(b"a key", b"a message"), code(b"another key", b"a message"));
/// ```
pub fn code(key: &[u8], message: &[u8]) -> Code {
    let state = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    state.chain_update(message).finalize().into_bytes().into()
}

/// A key in locked pages.
///
/// ```
/// use memguard::Buffer;
/// use memguard_recipes::service::signer::{Key, Sign, code};
/// let key = Key::new(Buffer::from_bytes(&mut [7; 32])?);
/// assert_eq!(key.sign(b"a message")?, code(&[7; 32], b"a message"));
/// # Ok::<(), memguard::Error>(())
/// ```
pub struct Key(Buffer);

impl Key {
    /// How many bytes a key may have.
    pub const LEN: RangeInclusive<usize> = 32..=64;

    /// The key in this buffer.
    pub fn new(key: Buffer) -> Self {
        Self(key)
    }

    /// Reads a key from a file, straight into locked pages.
    ///
    /// # Errors
    /// If the file cannot be read, or does not have as many bytes as [`LEN`](Self::LEN) says.
    ///
    /// ```
    /// use memguard_recipes::service::signer::Key;
    /// assert!(Key::read("/dev/null").is_err() && Key::read("/dev/zero").is_err());
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        // A `File` has no buffer. A `BufReader` would leave the key on the heap. A file that does not end, such as a
        // device, would take all memory that can be locked, so at most one byte too many is read.
        let file = File::open(path)?.take(*Self::LEN.end() as u64 + 1);
        let key = Buffer::from_entire_reader(file).map_err(Error::other)?;
        if Self::LEN.contains(&key.len()) {
            return Ok(Self(key));
        }
        let text = format!("a key has {} to {} bytes", Self::LEN.start(), Self::LEN.end());
        Err(Error::new(ErrorKind::InvalidData, text))
    }
}

impl Sign for Key {
    /// Requests that are answered at the same time read the key at the same time, so none waits for another.
    fn sign(&self, message: &[u8]) -> memguard::Result<Code> {
        self.0.with_data(|key| code(key, message))
    }
}
