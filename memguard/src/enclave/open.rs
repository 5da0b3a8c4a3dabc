//! Opening an enclave.

use super::{Enclave, HEADER_LEN};
use crate::crypto::{self, KEY_LEN};
use crate::sync::Site;
use crate::{Buffer, Error, Result, clear};
use zeroize::Zeroize;

/// The longest secret that shares a slot with the key. A slot costs more than a short secret's decryption. A longer
/// secret might need one more page for the key.
const BESIDE_KEY: usize = 1024;

impl Enclave {
    /// Decrypts into a new, frozen buffer of the same session. The enclave can be opened again.
    ///
    /// # Errors
    /// [`Error::KeyGone`] after a purge. [`Error::Tampered`] if the sealed bytes were changed, or sealed for other
    /// associated data. [`Error::Destroyed`] if a purge came in between. Otherwise as [`Buffer::new`] and
    /// [`new`](Self::new).
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// assert!(enclave.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn open(&self) -> Result<Buffer> {
        let _door = self.core.door();
        // The buffer is registered before the key is read. So a purge that takes the key finds this buffer too.
        let buffer = Buffer::create(&self.core, self.len())?;
        clear::after_cipher(|| {
            let mut bytes = match buffer.enter_to_write(Site::BufferFill) {
                // A purge was faster. It destroys the key before the buffers, and that says more.
                Err(Error::Destroyed) => Err(Error::KeyGone),
                entered => entered,
            }?;
            let Some(mut lent) = bytes.lend() else {
                let (_, key) = self.core.view_key(Some(self.key_id()), 0)?;
                return self.decrypt(&key, &mut bytes);
            };
            // The key lies in the buffer's own pages, so a purge that meets it finds the buffer in use.
            let (key, plain) = lent.parts();
            self.core.copy_key(Some(self.key_id()), key)?;
            self.decrypt(key, plain)
        })?;
        buffer.freeze_new(self.core.freezing())?;
        Ok(buffer)
    }

    /// Decrypts to the start of `buffer`, which may belong to another session. It makes no buffer, so it costs less
    /// than [`open`](Self::open).
    ///
    /// A purge of the enclave's session does not reach a buffer of another session.
    ///
    /// # Errors
    /// As [`Buffer::write`] and [`with_data`](Self::with_data). [`Error::OutOfRange`] if the buffer is shorter than the
    /// secret. The bytes are then as they were. After [`Error::Tampered`], those that the secret would have taken are
    /// zero.
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// let buffer = memguard::Buffer::new(4)?;
    /// enclave.open_into(&buffer)?;
    /// assert!(buffer.equals(&[1, 2, 3, 0])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn open_into(&self, buffer: &Buffer) -> Result<()> {
        let _doors = (self.core.door(), buffer.core.door());
        self.core.check_running()?;
        // The wait for the buffer comes before the key is copied. So the copy lives no longer than it must.
        let mut bytes = buffer.enter_to_write(Site::BufferWrite)?;
        let (len, buffer_len) = (self.len(), bytes.len());
        let plain = bytes.get_mut(..len).ok_or(Error::OutOfRange { offset: 0, len, buffer_len })?;
        clear::after_cipher(|| {
            let (_, key) = self.core.view_key(Some(self.key_id()), 0)?;
            // One cipher wipes what does not authenticate, the other leaves what was there.
            self.decrypt(&key, plain).inspect_err(|_| plain.zeroize())
        })
    }

    /// Decrypts, calls `user` with the bytes, and wipes them when `user` returns or panics. It makes no buffer, so it
    /// costs less than [`open`](Self::open).
    ///
    /// The bytes lie in locked memory between guard pages. No access is held meanwhile, so `user` may call anything in
    /// this crate. A purge meanwhile counts the bytes as handed over.
    ///
    /// If `user` returns a `Result`, [`flat()`](crate::FlatResult) merges it with that of this call.
    ///
    /// # Errors
    /// [`Error::KeyGone`] after a purge. [`Error::Tampered`] if the sealed bytes were changed, or sealed for other
    /// associated data. Otherwise as [`new`](Self::new).
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// assert_eq!(enclave.with_data(|bytes| bytes.iter().sum::<u8>())?, 6);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn with_data<R>(&self, user: impl FnOnce(&[u8]) -> R) -> Result<R> {
        let _door = self.core.door();
        self.core.check_running()?;
        // It counts before the key is read. So a purge that takes the key counts these bytes too.
        let start = if self.len() <= BESIDE_KEY { KEY_LEN } else { 0 };
        let mut slot = self.core.private(start + self.len())?;
        clear::after_cipher(|| {
            if start == 0 {
                let (_, key) = self.core.view_key(Some(self.key_id()), 0)?;
                return self.decrypt(&key, &mut slot);
            }
            // The key lies below the bytes, and is gone when `user` sees them.
            let (key, plain) = slot.split_at_mut(start);
            self.core.copy_key(Some(self.key_id()), key)?;
            let opened = self.decrypt(key, plain);
            key.zeroize();
            opened
        })?;
        Ok(slot.show_from(start, user))
    }

    /// Decrypts into `plain`, which has the length of the secret.
    fn decrypt(&self, key: &[u8], plain: &mut [u8]) -> Result<()> {
        let (header, body) = self.sealed.bytes.split_at(HEADER_LEN);
        let covered = self.sealed.covered.with(header);
        crypto::open(self.core.cipher(), key, covered, body, plain).map_err(|_| Error::Tampered)
    }
}
