//! Opening an enclave.

use super::{Enclave, HEADER_LEN};
use crate::crypto::{self, NONCE_LEN};
use crate::sync::Site;
use crate::{Buffer, Error, Result, clear};
use std::ops::DerefMut;

impl Enclave {
    /// Decrypts into a new, frozen buffer of the same session. The enclave can be opened again.
    ///
    /// # Errors
    /// [`Error::KeyGone`] after a purge. [`Error::Tampered`] if the sealed bytes were changed. [`Error::Destroyed`] if
    /// a purge came in between. Otherwise as [`Buffer::new`] and [`new`](Self::new).
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// assert!(enclave.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn open(&self) -> Result<Buffer> {
        let _door = self.core.counters.door();
        // The buffer is registered before the key is read. So a purge that takes the key finds this buffer too.
        let buffer = Buffer::create(&self.core, self.len())?;
        self.decrypt(|| buffer.enter_to_write(Site::BufferFill))?;
        buffer.freeze_new(self.core.freezing())?;
        Ok(buffer)
    }

    /// Decrypts, calls `user` with the bytes, and wipes them when `user` returns or panics. It makes no buffer, so it
    /// costs less than [`open`](Self::open).
    ///
    /// The bytes lie in locked memory between guard pages. No access is held meanwhile, so `user` may call anything in
    /// this crate. A purge meanwhile counts the bytes as handed over.
    ///
    /// # Errors
    /// [`Error::KeyGone`] after a purge. [`Error::Tampered`] if the sealed bytes were changed. Otherwise as
    /// [`new`](Self::new).
    ///
    /// ```
    /// let enclave = memguard::Enclave::new(&mut [1, 2, 3])?;
    /// assert_eq!(enclave.with_data(|bytes| bytes.iter().sum::<u8>())?, 6);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn with_data<R>(&self, user: impl FnOnce(&[u8]) -> R) -> Result<R> {
        let _door = self.core.counters.door();
        self.core.check_running()?;
        // It counts before the key is read. So a purge that takes the key counts these bytes too.
        let mut bytes = self.core.private(self.len())?;
        self.decrypt(|| Ok(&mut *bytes))?;
        Ok(bytes.show(user))
    }

    /// Decrypts into what `plain` gives, which has the length of the secret. The key is there first.
    fn decrypt<P: DerefMut<Target = [u8]>>(&self, plain: impl FnOnce() -> Result<P>) -> Result<()> {
        let (header, body) = self.sealed.split_at(HEADER_LEN);
        let (nonce, sealed) = body.split_at(NONCE_LEN);
        let nonce = nonce.try_into().map_err(|_| Error::Tampered)?;
        clear::after_cipher(|| {
            let (_, key) = self.core.view_key(Some(self.key_id()), 0)?;
            crypto::open(&key, nonce, header, sealed, &mut plain()?).map_err(|_| Error::Tampered)
        })
    }
}
