//! Enclaves that are bound to associated data.

use super::Enclave;
use crate::{Result, global};

impl Enclave {
    /// Encrypts `source` for this associated data, under the key of the default session, and wipes `source`.
    ///
    /// Associated data says what the secret is for, such as the name of its user or of its row in a table. It is
    /// authenticated but not encrypted, and the [`sealed`](Self::sealed) bytes do not contain it. To open these bytes
    /// later, give the same data to [`from_sealed_for`](Self::from_sealed_for). So bytes that were swapped with those
    /// of another user do not open. Empty data is the same as none.
    ///
    /// The enclave and its clones share a copy of the data, outside locked memory, so they open without it being given
    /// again.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::Limit`](crate::Error::Limit) if there is no memory for the copy. `source` is
    /// then unchanged.
    ///
    /// ```
    /// use memguard::{Enclave, Error};
    /// let stored = Enclave::new_for(&mut [1, 2, 3], b"user 17")?.sealed().to_vec();
    /// assert!(Enclave::from_sealed_for(&stored, b"user 17")?.open()?.equals(&[1, 2, 3])?);
    /// assert_eq!(Enclave::from_sealed_for(&stored, b"user 18")?.open().map(drop), Err(Error::Tampered));
    /// assert_eq!(Enclave::from_sealed(&stored)?.open().map(drop), Err(Error::Tampered));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new_for(source: &mut [u8], associated_data: &[u8]) -> Result<Self> {
        global::session()?.enclave_new_for(source, associated_data)
    }

    /// Makes an enclave of bytes that were sealed for this associated data: by [`new_for`](Self::new_for) or by
    /// [`Buffer::seal_for`](crate::Buffer::seal_for).
    ///
    /// The bytes are as those for [`from_sealed`](Self::from_sealed): only the default session of this process opens
    /// them, and only until its next purge.
    ///
    /// # Errors
    /// As [`from_sealed`](Self::from_sealed), and [`Error::Limit`](crate::Error::Limit) if there is no memory for a
    /// copy of the data. This call accepts bytes that were sealed for other data, or for none. Each call that opens the
    /// enclave then returns [`Error::Tampered`](crate::Error::Tampered).
    ///
    /// ```
    /// use memguard::{Buffer, Enclave, Error};
    /// let stored = Buffer::random(32)?.seal_for(b"tenant 3")?.sealed().to_vec();
    /// assert_eq!(Enclave::from_sealed_for(&stored, b"tenant 3")?.with_data(<[u8]>::len)?, 32);
    /// assert_eq!(Enclave::from_sealed_for(&stored, b"tenant 4")?.with_data(<[u8]>::len), Err(Error::Tampered));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_sealed_for(sealed: &[u8], associated_data: &[u8]) -> Result<Self> {
        global::session()?.enclave_from_sealed_for(sealed, associated_data)
    }
}
