//! Opening an enclave for the last time.

use super::{Enclave, Sealed};
use crate::{Buffer, Error};
use std::sync::atomic::Ordering;
use std::{error, fmt, io};
use zeroize::Zeroize;

impl Enclave {
    /// Decrypts into a new, frozen buffer of the same session, as [`open`](Self::open) does, and wipes the sealed
    /// bytes. Then only that buffer has the secret, and its end is the end of the secret. This is for a token that is
    /// used once.
    ///
    /// A clone keeps the sealed bytes, and so does a copy of what [`sealed`](Self::sealed) returned. These can still be
    /// opened, until the next purge. The last clone wipes the sealed bytes when it is dropped. The associated data of
    /// [`new_for`](Self::new_for) is not wiped.
    ///
    /// # Errors
    /// [`NotOpened`], with the error of `open` as its cause. It returns the enclave unchanged, because a limit or a
    /// timeout must not cost the secret.
    ///
    /// ```
    /// use memguard::{Enclave, Error, NotOpened};
    /// let token = Enclave::new(&mut [1, 2, 3])?;
    /// let buffer = token.open_once()?; // `token` is moved, and its sealed bytes are wiped
    /// assert!(buffer.equals(&[1, 2, 3])?);
    ///
    /// let token = buffer.seal()?;
    /// memguard::purge();
    /// let NotOpened { enclave, cause, .. } = token.open_once().unwrap_err();
    /// assert_eq!((enclave.len(), cause), (3, Error::KeyGone));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn open_once(self) -> Result<Buffer, NotOpened> {
        match self.open() {
            Ok(buffer) => {
                self.sealed.is_opened_once.store(true, Ordering::Relaxed);
                Ok(buffer)
            }
            Err(cause) => Err(NotOpened { enclave: self, cause }),
        }
    }
}

/// The last clone wipes. If each looked whether it is the last, two that are opened at once would see each other, and
/// neither would wipe.
impl Drop for Sealed {
    fn drop(&mut self) {
        if *self.is_opened_once.get_mut() {
            self.bytes.zeroize();
        }
    }
}

/// An enclave that [`open_once`](Enclave::open_once) could not open.
///
/// `?` turns it into an [`Error`] or an [`io::Error`], and drops the enclave.
///
/// ```
/// use memguard::{Buffer, Enclave};
/// fn redeem(token: Enclave) -> memguard::Result<Buffer> {
///     Ok(token.open_once()?)
/// }
/// let token = Enclave::random(32)?;
/// memguard::purge();
/// assert_eq!(redeem(token).map(drop), Err(memguard::Error::KeyGone));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct NotOpened {
    /// The enclave, as it was.
    pub enclave: Enclave,
    /// Why it was not opened.
    pub cause: Error,
}

/// Keeps the cause.
impl From<NotOpened> for Error {
    fn from(error: NotOpened) -> Self {
        error.cause
    }
}

/// The `io::Error` of the cause.
impl From<NotOpened> for io::Error {
    fn from(error: NotOpened) -> Self {
        error.cause.into()
    }
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the enclave was not opened and is in this error: {}", self.cause)
    }
}

/// `Display` includes the cause, so the source is the source of the cause.
impl error::Error for NotOpened {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.cause.source()
    }
}
