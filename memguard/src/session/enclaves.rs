//! The enclaves of a session. Each constructor is the twin of one of [`Enclave`], which uses the default session.

use crate::session::Session;
use crate::{Enclave, Result};
use zeroize::Zeroize;

impl Session {
    /// Encrypts `source` under the session's key and wipes it.
    ///
    /// # Errors
    /// As [`Enclave::new`]. `source` is then unchanged.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.enclave(&mut [1, 2, 3])?.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn enclave(&self, source: &mut [u8]) -> Result<Enclave> {
        self.enclave_new_for(source, &[])
    }

    /// Encrypts `source` for this associated data and wipes `source`: [`Enclave::new_for`] in this session.
    ///
    /// # Errors
    /// As [`Enclave::new_for`]. `source` is then unchanged.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let stored = session.enclave_new_for(&mut [1, 2, 3], b"row 12")?.sealed().to_vec();
    /// assert!(session.enclave_from_sealed_for(&stored, b"row 12")?.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn enclave_new_for(&self, source: &mut [u8], associated_data: &[u8]) -> Result<Enclave> {
        let core = self.core()?;
        let _door = core.door();
        let enclave = Enclave::seal(core, source, associated_data)?;
        source.zeroize();
        Ok(enclave)
    }

    /// An enclave of `len` random bytes.
    ///
    /// # Errors
    /// As [`Enclave::random`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert_eq!(session.enclave_random(32)?.open()?.len(), 32);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn enclave_random(&self, len: usize) -> Result<Enclave> {
        let core = self.core()?;
        let _door = core.door();
        let mut secret = core.private(len)?;
        core.pool.backend().random(&mut secret)?;
        Enclave::seal(core, &secret, &[])
    }

    /// The enclave of these [`sealed`](Enclave::sealed) bytes. They are ciphertext, so they may have been kept
    /// anywhere.
    ///
    /// Only the session that sealed them can open them, and only until its next purge. The key is never exported.
    ///
    /// # Errors
    /// As [`Enclave::from_sealed`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let stored = session.enclave(&mut [1, 2, 3])?.sealed().to_vec();
    /// assert!(session.enclave_from_sealed(&stored)?.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn enclave_from_sealed(&self, sealed: &[u8]) -> Result<Enclave> {
        self.enclave_from_sealed_for(sealed, &[])
    }

    /// The enclave of bytes that were sealed for this associated data: [`Enclave::from_sealed_for`] in this session.
    ///
    /// # Errors
    /// As [`Enclave::from_sealed_for`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let stored = session.buffer_random(32)?.seal_for(b"tenant 3")?.sealed().to_vec();
    /// assert_eq!(session.enclave_from_sealed_for(&stored, b"tenant 3")?.with_data(<[u8]>::len)?, 32);
    /// assert!(session.enclave_from_sealed_for(&stored, b"tenant 4")?.open().is_err());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn enclave_from_sealed_for(&self, sealed: &[u8], associated_data: &[u8]) -> Result<Enclave> {
        Enclave::restore(self.core()?, sealed, associated_data)
    }
}
