//! The growable secrets of a session. Each constructor is the twin of one of [`SecretVec`], which uses the default
//! session.

use crate::session::Session;
use crate::{Result, SecretVec};

/// A password or a key fits.
const FIRST_CAPACITY: usize = 32;

impl Session {
    /// An empty secret that grows: [`SecretVec::new`] in this session.
    ///
    /// # Errors
    /// As [`SecretVec::new`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let mut secret = session.secret_vec()?;
    /// secret.push(1)?;
    /// assert!(session.exists(secret.as_buffer()));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn secret_vec(&self) -> Result<SecretVec> {
        SecretVec::create(self.core()?, FIRST_CAPACITY)
    }

    /// An empty secret with room for at least `capacity` bytes: [`SecretVec::with_capacity`] in this session.
    ///
    /// # Errors
    /// As [`SecretVec::with_capacity`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.secret_vec_with_capacity(100)?.capacity() >= 100);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn secret_vec_with_capacity(&self, capacity: usize) -> Result<SecretVec> {
        SecretVec::create(self.core()?, capacity)
    }
}
