//! Enclaves: secrets that are encrypted while they are not in use.
//!
//! This file makes enclaves. Opening one makes a buffer, so it is in [`open`], which imports the buffers.

mod bound;
mod covered;
mod once;
mod open;
mod room;

pub use once::NotOpened;

use crate::core::{Core, KeyId};
use crate::crypto::{self, Cipher, KEY_LEN};
use crate::sync::ShardArc;
use crate::{Error, Result, clear, global};
use covered::Covered;
use room::room_for;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The sealed form: version, cipher, key id, nonce, ciphertext, tag. What is before the nonce is the header. The tag
/// also covers the header and the caller's [associated data](Covered). That data is not part of the form.
const VERSION: u8 = 2;
const CIPHER: usize = 1;
const KEY_ID: std::ops::Range<usize> = 2..18;
const HEADER_LEN: usize = KEY_ID.end;

/// How much longer than the secret its sealed form is.
const fn overhead(cipher: Cipher) -> usize {
    HEADER_LEN + cipher.nonce_len() + cipher.tag_len()
}

/// A secret, encrypted and authenticated under the key of its session, with the [cipher](Cipher) of its session.
///
/// An enclave takes no locked memory. Its key is split in two halves. Sealing and [`open`](Self::open) join the halves
/// in a locked slot of their own, so threads seal and open in parallel.
///
/// **EXACT:** an enclave opens to the very bytes that were sealed, or to an error.
///
/// A clone shares the ciphertext, so it takes no memory. Each clone opens by itself.
///
/// [`new_for`](Self::new_for) and [`Buffer::seal_for`](crate::Buffer::seal_for) bind an enclave to associated data:
/// bytes that were sealed for one user do not open for another.
///
/// Dropping an enclave wipes nothing, because it holds no plaintext. So it is not `ZeroizeOnDrop`.
/// [`open_once`](Self::open_once) opens an enclave and wipes its ciphertext.
/// [`Session`](crate::Session#secrets-that-expire) says how secrets expire.
///
/// ```
/// use memguard::Enclave;
/// let mut token = *b"token";
/// let enclave = Enclave::new(&mut token)?;
/// assert_eq!(token, [0; 5]);
/// assert!(enclave.open()?.equals(b"token")?);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone)]
pub struct Enclave {
    core: ShardArc<Core>,
    /// Shared by the clones. A copy for each could find no memory, and a clone cannot return an error.
    sealed: Arc<Sealed>,
}

struct Sealed {
    bytes: Box<[u8]>,
    covered: Covered,
    /// Whether the bytes are wiped when the last clone is dropped.
    is_opened_once: AtomicBool,
}

impl Sealed {
    fn shared(bytes: Box<[u8]>, covered: Covered) -> Arc<Self> {
        Arc::new(Self { bytes, covered, is_opened_once: AtomicBool::new(false) })
    }
}

impl Enclave {
    /// Encrypts `source` under the key of the default session and wipes it.
    ///
    /// # Errors
    /// On an error, `source` is unchanged. [`Error::EmptyLength`] if `source` is empty. [`Error::Limit`] if there is no
    /// locked memory for a copy of the key. [`Error::Timeout`] if another thread holds the session's key for too long.
    /// [`Error::System`] if the system gives no randomness. [`Error::TooLong`] above the cipher's bound, which
    /// is 256 GiB or more.
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
    /// [`Error::SealedTooShort`]. [`Error::Tampered`] if the first byte is not the version of the format, or the second
    /// one names no cipher. [`Error::OtherCipher`] if it names another cipher than the one of the session.
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
        self.sealed.bytes.len() - overhead(self.core.cipher())
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
    /// Bytes that are bound to associated data go to [`from_sealed_for`](Self::from_sealed_for). After the next purge
    /// of the session, or after its end, its sealed bytes no longer open.
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// assert!(enclave.sealed().len() > enclave.len());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn sealed(&self) -> &[u8] {
        &self.sealed.bytes
    }

    /// Names the key that opens it.
    pub(crate) fn key_id(&self) -> KeyId {
        let mut id = KeyId::default();
        id.copy_from_slice(&self.sealed.bytes[KEY_ID]);
        id
    }

    /// The enclave of bytes that were sealed for this associated data.
    pub(crate) fn restore(core: &ShardArc<Core>, sealed: &[u8], associated_data: &[u8]) -> Result<Self> {
        let cipher = core.cipher();
        let (len, min) = (sealed.len(), overhead(cipher) + 1);
        match sealed {
            [VERSION, id, ..] if len > HEADER_LEN && *id != cipher.id() => match Cipher::of_id(*id) {
                Some(sealed) => Err(Error::OtherCipher { sealed, session: cipher }),
                None => Err(Error::Tampered),
            },
            _ if len < min => Err(Error::SealedTooShort { len, min }),
            [VERSION, ..] => {
                let mut copy = room_for(len)?;
                copy.extend_from_slice(sealed);
                let mut covered = Covered::new(HEADER_LEN, associated_data)?;
                covered.put(&sealed[..HEADER_LEN]);
                Ok(Self { core: core.clone(), sealed: Sealed::shared(copy.into(), covered) })
            }
            _ => Err(Error::Tampered),
        }
    }

    /// Encrypts `secret`, which is not changed, for this associated data.
    pub(crate) fn seal(core: &ShardArc<Core>, secret: &[u8], associated_data: &[u8]) -> Result<Self> {
        let _door = core.door();
        core.check_running()?;
        let (mut sealed, mut covered) = Self::room_to_seal(core, secret.len(), associated_data)?;
        Self::encrypt(core, secret, &mut sealed, &mut covered)?;
        Ok(Self { core: core.clone(), sealed: Sealed::shared(sealed, covered) })
    }

    /// Room for the sealed bytes of a secret of this length, with a nonce in it, and for what the tag covers.
    fn room_to_seal(core: &Core, len: usize, associated_data: &[u8]) -> Result<(Box<[u8]>, Covered)> {
        if len == 0 {
            return Err(Error::EmptyLength);
        }
        let cipher = core.cipher();
        let overhead = overhead(cipher);
        let whole = len.checked_add(overhead).ok_or(Error::TooLong { len, max: isize::MAX as usize - overhead })?;
        let covered = Covered::new(HEADER_LEN, associated_data)?;
        let mut sealed = room_for(whole)?;
        sealed.resize(whole, 0);
        let nonce = &mut sealed[HEADER_LEN..][..cipher.nonce_len()];
        let backend = core.pool.backend();
        crypto::fill_nonce(nonce, |bytes| backend.random(bytes))?;
        Ok((sealed.into_boxed_slice(), covered))
    }

    /// Fills the room. A function of its own, because the step overwrites much of a small stack, and the frames above
    /// it must leave room.
    fn encrypt(core: &Core, secret: &[u8], sealed: &mut [u8], covered: &mut Covered) -> Result<()> {
        let (cipher, len) = (core.cipher(), secret.len());
        let (header, body) = sealed.split_at_mut(HEADER_LEN);
        clear::after_cipher(|| {
            let (id, mut slot) = core.view_key(None, cipher.room())?;
            let (key, room) = slot.split_at_mut(KEY_LEN);
            header[0] = VERSION;
            header[CIPHER] = cipher.id();
            header[KEY_ID].copy_from_slice(&id);
            covered.put(header);
            crypto::seal(cipher, key, covered.with(header), secret, body, room)
                .map_err(|_| Error::TooLong { len, max: cipher.longest() })
        })
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
