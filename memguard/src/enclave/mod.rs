//! Enclaves: secrets that are encrypted while they are not in use.
//!
//! This file makes enclaves. Opening one makes a buffer, so it is in [`open`], which imports the buffers.

mod open;

use crate::core::{Core, KeyId};
use crate::crypto::{self, KEY_LEN, NONCE_LEN, TAG_LEN};
use crate::sync::ShardArc;
use crate::{Error, Limit, Result, clear, global};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// The sealed form: version, key id, nonce, ciphertext, tag. The version and the key id are authenticated too.
const VERSION: u8 = 1;
const KEY_ID: std::ops::Range<usize> = 1..17;
const HEADER_LEN: usize = KEY_ID.end;
const NONCE: std::ops::Range<usize> = HEADER_LEN..HEADER_LEN + NONCE_LEN;
const OVERHEAD: usize = NONCE.end + TAG_LEN;

/// The longest secret that the cipher takes: 256 GiB. A system with addresses of 32 bits has no slice of that length.
const CIPHER_MAX: usize = (u32::MAX as usize).saturating_mul(64);

/// A secret, encrypted and authenticated (XChaCha20-Poly1305) under the key of its session.
///
/// An enclave takes no locked memory. Its key is split in two halves. Sealing and [`open`](Self::open) join the halves
/// in a locked slot of their own, so threads seal and open in parallel.
///
/// **EXACT:** an enclave opens to the very bytes that were sealed, or to an error.
///
/// Dropping an enclave wipes nothing, because it holds ciphertext only. So it is not `ZeroizeOnDrop`.
///
/// ```
/// use memguard::Enclave;
/// let mut token = *b"token";
/// let enclave = Enclave::new(&mut token)?;
/// assert_eq!(token, [0; 5]);
/// assert!(enclave.open()?.equals(b"token")?);
/// # Ok::<(), memguard::Error>(())
/// ```
pub struct Enclave {
    core: ShardArc<Core>,
    sealed: Box<[u8]>,
}

impl Enclave {
    /// Encrypts `source` under the key of the default session and wipes it.
    ///
    /// # Errors
    /// On an error, `source` is unchanged. [`Error::EmptyLength`] if `source` is empty. [`Error::Limit`] if there is no
    /// locked memory for a copy of the key. [`Error::Timeout`] if another thread holds the session's key for too long.
    /// [`Error::System`] if the system gives no randomness. [`Error::TooLong`] above the cipher's bound of 256 GiB.
    ///
    /// ```
    /// assert_eq!(memguard::Enclave::new(&mut [1, 2, 3])?.len(), 3);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new(source: &mut [u8]) -> Result<Self> {
        global::session()?.enclave(source)
    }

    /// An enclave of `len` random bytes, in the default session.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::TooLong`].
    ///
    /// ```
    /// assert_eq!(memguard::Enclave::random(32)?.open()?.len(), 32);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn random(len: usize) -> Result<Self> {
        global::session()?.enclave_random(len)
    }

    /// Makes an enclave of bytes that [`sealed`](Self::sealed) returned. They are ciphertext, so they may be kept
    /// anywhere.
    ///
    /// Only the default session of this process can open them, and only until its next purge. The key is never
    /// exported.
    ///
    /// # Errors
    /// [`Error::SealedTooShort`]. [`Error::Tampered`] if the first byte is not the version of the format.
    /// [`open`](Self::open) detects every other change.
    ///
    /// ```
    /// use memguard::Enclave;
    /// let stored = Enclave::new(&mut [1, 2, 3])?.sealed().to_vec();
    /// assert!(Enclave::from_sealed(&stored)?.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn from_sealed(sealed: &[u8]) -> Result<Self> {
        global::session()?.enclave_from_sealed(sealed)
    }

    /// The length of the secret in bytes.
    ///
    /// ```
    /// assert_eq!(memguard::Enclave::new(&mut [1, 2, 3])?.len(), 3);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.sealed.len() - OVERHEAD
    }

    /// Always `false`: no enclave is empty.
    ///
    /// ```
    /// assert!(!memguard::Enclave::new(&mut [1])?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sealed bytes, to keep elsewhere. They are ciphertext. [`from_sealed`](Self::from_sealed) makes an enclave of
    /// them again. For another session than the default one, use
    /// [`Session::enclave_from_sealed`](crate::Session::enclave_from_sealed) of the session that sealed them.
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// assert!(enclave.sealed().len() > enclave.len());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    /// Names the key that opens it.
    pub(crate) fn key_id(&self) -> KeyId {
        let mut id = KeyId::default();
        id.copy_from_slice(&self.sealed[KEY_ID]);
        id
    }

    /// The enclave of these sealed bytes.
    pub(crate) fn restore(core: &ShardArc<Core>, sealed: &[u8]) -> Result<Self> {
        match sealed {
            _ if sealed.len() <= OVERHEAD => Err(Error::SealedTooShort { len: sealed.len(), min: OVERHEAD + 1 }),
            [VERSION, ..] => {
                let mut copy = room_for(sealed.len())?;
                copy.extend_from_slice(sealed);
                Ok(Self { core: core.clone(), sealed: copy.into() })
            }
            _ => Err(Error::Tampered),
        }
    }

    /// Encrypts `secret`, which is not changed.
    pub(crate) fn seal(core: &ShardArc<Core>, secret: &[u8]) -> Result<Self> {
        let _door = core.counters.door();
        core.check_running()?;
        if secret.is_empty() {
            return Err(Error::EmptyLength);
        }
        let len = secret.len();
        let whole = len.checked_add(OVERHEAD).ok_or(Error::TooLong { len, max: isize::MAX as usize - OVERHEAD })?;
        let mut sealed = room_for(whole)?;
        sealed.resize(whole, 0);
        let mut sealed = sealed.into_boxed_slice();
        let mut nonce = [0; NONCE_LEN];
        core.pool.backend().random(&mut nonce)?;
        clear::after_cipher(|| {
            let (id, mut slot) = core.view_key(None, crypto::ROOM)?;
            let (key, room) = slot.split_at_mut(KEY_LEN);
            let (header, body) = sealed.split_at_mut(HEADER_LEN);
            header[0] = VERSION;
            header[KEY_ID].copy_from_slice(&id);
            body[..NONCE_LEN].copy_from_slice(&nonce);
            crypto::seal(key, &nonce, header, secret, &mut body[NONCE_LEN..], room)
                .map_err(|_| Error::TooLong { len, max: CIPHER_MAX })
        })?;
        Ok(Self { core: core.clone(), sealed })
    }
}

/// Memory for that many bytes of ciphertext.
fn room_for(len: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Limit::Memory { wanted: len })?;
    Ok(bytes)
}

/// An enclave does not change, so a panic leaves nothing half done in it.
impl UnwindSafe for Enclave {}
impl RefUnwindSafe for Enclave {}

impl fmt::Debug for Enclave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enclave").field("len", &self.len()).finish_non_exhaustive()
    }
}
