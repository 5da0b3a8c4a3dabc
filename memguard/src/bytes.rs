//! Functions on bytes that the caller owns, outside locked memory.

use crate::{Error, Result};

/// Overwrites the bytes with zeros, in a way that the compiler never removes.
///
/// ```
/// let mut bytes = [1, 2, 3];
/// memguard::wipe_bytes(&mut bytes);
/// assert_eq!(bytes, [0; 3]);
/// ```
pub fn wipe_bytes(bytes: &mut [u8]) {
    zeroize::Zeroize::zeroize(bytes);
}

/// Overwrites the bytes with randomness fit for keys.
///
/// # Errors
/// [`Error::System`] if the system gives no randomness. A part of the bytes may have changed then.
///
/// ```
/// let mut bytes = [0; 16];
/// memguard::scramble_bytes(&mut bytes)?;
/// assert_ne!(bytes, [0; 16]);
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn scramble_bytes(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::system("getrandom", error.raw_os_error().unwrap_or_default()))
}
