//! Opening an enclave.

use super::{Enclave, HEADER_LEN};
use crate::crypto::{self, NONCE_LEN, TAG_LEN};
use crate::sync::Site;
use crate::{Buffer, Error, Result, clear};

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
        let (header, body) = self.sealed.split_at(HEADER_LEN);
        let (nonce, body) = body.split_at(NONCE_LEN);
        let (ciphertext, tag) = body.split_at(body.len() - TAG_LEN);
        let nonce = nonce.try_into().map_err(|_| Error::Tampered)?;
        let tag = tag.try_into().map_err(|_| Error::Tampered)?;
        clear::after_cipher(|| {
            let (_, key) = self.core.view_key(Some(self.key_id()))?;
            let mut bytes = buffer.enter_to_write(Site::BufferFill)?;
            crypto::open(&key, nonce, header, ciphertext, tag, &mut bytes).map_err(|_| Error::Tampered)
        })?;
        buffer.freeze_new(self.core.freezing())?;
        Ok(buffer)
    }
}
