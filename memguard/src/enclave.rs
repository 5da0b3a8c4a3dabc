//! Enclaves: secrets encrypted while nobody uses them.

use crate::core::Core;
use crate::crypto::{self, NONCE_LEN, TAG_LEN};
use crate::sync::Site;
use crate::{Buffer, Error, Result, global};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// The sealed form: version, name of the key, nonce, ciphertext, tag. The first two are authenticated with the rest.
const VERSION: u8 = 1;
const KEY_ID: std::ops::Range<usize> = 1..17;
const HEADER_LEN: usize = KEY_ID.end;
const NONCE: std::ops::Range<usize> = HEADER_LEN..HEADER_LEN + NONCE_LEN;
const OVERHEAD: usize = NONCE.end + TAG_LEN;

/// A secret, encrypted and authenticated (XChaCha20-Poly1305) under the key of its session.
///
/// Takes no locked memory. The key exists only split in two halves; [`open`](Self::open) and sealing join them in a locked
/// slot of their own, so threads seal and open in parallel.
///
/// **EXACT:** an enclave opens to the very bytes that were sealed, or to an error.
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
    core: Arc<Core>,
    sealed: Box<[u8]>,
}

impl Enclave {
    /// Encrypts `source` under the key of the default session and wipes it.
    ///
    /// # Errors
    /// [`Error::EmptyLength`]; [`Error::Limit`] if there is no locked memory for the key's copy; [`Error::Timeout`] if COFFER
    /// stays held; [`Error::System`] if the system gives no randomness. `source` is then unchanged.
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

    /// Decrypts into a new, frozen buffer of the same session. The enclave can be opened again.
    ///
    /// # Errors
    /// [`Error::KeyGone`] after a purge; [`Error::Tampered`] if the sealed bytes are not as they were made;
    /// [`Error::Destroyed`] if a purge came in between; and as [`Buffer::new`] and [`new`](Self::new).
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// assert!(enclave.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn open(&self) -> Result<Buffer> {
        // Registered before the key is looked at: a purge that takes the key finds this buffer too.
        let buffer = Buffer::create(&self.core, self.len())?;
        let (header, body) = self.sealed.split_at(HEADER_LEN);
        let (nonce, body) = body.split_at(NONCE_LEN);
        let (ciphertext, tag) = body.split_at(body.len() - TAG_LEN);
        let wanted = header[KEY_ID].try_into().map_err(|_| Error::Tampered)?;
        let nonce = nonce.try_into().map_err(|_| Error::Tampered)?;
        let tag = tag.try_into().map_err(|_| Error::Tampered)?;
        let (_, key) = self.core.view_key(Some(wanted))?;
        let mut bytes = buffer.enter_to_write(Site::BufferFill)?;
        crypto::open(&key, nonce, header, ciphertext, tag, &mut bytes).map_err(|_| Error::Tampered)?;
        drop(bytes);
        buffer.freeze()?;
        Ok(buffer)
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

    /// Always `false`: there are no enclaves of nothing.
    ///
    /// ```
    /// assert!(!memguard::Enclave::new(&mut [1])?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sealed bytes, to keep elsewhere and bring back with
    /// [`Session::enclave_from_sealed`](crate::Session::enclave_from_sealed). They are no secret.
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// assert!(enclave.sealed().len() > enclave.len());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    pub(crate) fn from_sealed(core: &Arc<Core>, sealed: &[u8]) -> Result<Self> {
        match sealed {
            _ if sealed.len() <= OVERHEAD => Err(Error::SealedTooShort { len: sealed.len(), min: OVERHEAD + 1 }),
            [VERSION, ..] => Ok(Self { core: Arc::clone(core), sealed: sealed.into() }),
            _ => Err(Error::Tampered),
        }
    }

    /// Encrypts `secret`, which is not changed.
    pub(crate) fn seal(core: &Arc<Core>, secret: &[u8]) -> Result<Self> {
        core.check_running()?;
        if secret.is_empty() {
            return Err(Error::EmptyLength);
        }
        let len = secret.len();
        let whole = len.checked_add(OVERHEAD).ok_or(Error::TooLong { len, max: isize::MAX as usize - OVERHEAD })?;
        let mut sealed = vec![0; whole].into_boxed_slice();
        let backend = core.pool.backend();
        let mut nonce = [0; NONCE_LEN];
        backend.random(&mut nonce).map_err(|fault| backend.explain(fault, 0))?;
        let (id, key) = core.view_key(None)?;
        let (header, body) = sealed.split_at_mut(HEADER_LEN);
        header[0] = VERSION;
        header[KEY_ID].copy_from_slice(&id);
        body[..NONCE_LEN].copy_from_slice(&nonce);
        let (ciphertext, tag) = body[NONCE_LEN..].split_at_mut(len);
        let made = crypto::seal(&key, &nonce, header, secret, ciphertext);
        // The cipher's own bound, 256 GiB, is the only thing it can refuse here.
        tag.copy_from_slice(&made.map_err(|_| Error::TooLong { len, max: (u32::MAX as usize) * 64 })?);
        Ok(Self { core: Arc::clone(core), sealed })
    }
}

/// An enclave does not change, so a panic leaves nothing half done in it.
impl UnwindSafe for Enclave {}
impl RefUnwindSafe for Enclave {}

impl fmt::Debug for Enclave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enclave").field("len", &self.len()).finish_non_exhaustive()
    }
}
