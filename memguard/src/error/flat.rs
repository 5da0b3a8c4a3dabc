//! Merges the result of a call with that of the closure in it.

use super::{Error, Result};

/// Merges the two results of a call whose closure returns a `Result`, so that one `?` suffices.
///
/// If the closure returns a `Result<T, E>`, the call returns it inside a `Result` of its own, whose error is [`Error`].
/// [`flat`](Self::flat) turns both into one `Result<T, E>`: `From` converts the error of the call to `E`.
///
/// It works for each function of this crate that takes a closure and returns what the closure returns, such as
/// [`Buffer::with_data`](crate::Buffer::with_data), [`with_buffers`](crate::with_buffers) and
/// [`Enclave::with_data`](crate::Enclave::with_data).
///
/// ```
/// use memguard::{Buffer, FlatResult};
///
/// #[derive(Debug)]
/// enum LoginError {
///     BadPassword,
///     Memory(memguard::Error),
/// }
///
/// impl From<memguard::Error> for LoginError {
///     fn from(error: memguard::Error) -> Self {
///         Self::Memory(error)
///     }
/// }
///
/// fn check(password: &str) -> Result<(), LoginError> {
///     if password.len() < 8 { Err(LoginError::BadPassword) } else { Ok(()) }
/// }
///
/// fn log_in(password: &Buffer) -> Result<(), LoginError> {
///     password.string_slice(check).flat()?; // without `flat`: `??`
///     Ok(())
/// }
///
/// let password = Buffer::from_string(&mut "hunter2".into())?;
/// assert!(matches!(log_in(&password), Err(LoginError::BadPassword)));
/// let _ = password.destroy()?;
/// assert!(matches!(log_in(&password), Err(LoginError::Memory(memguard::Error::Destroyed))));
/// # Ok::<(), memguard::Error>(())
/// ```
///
/// `io::Error` implements `From<Error>`, so a closure may do I/O:
///
/// ```
/// use memguard::{Buffer, FlatResult};
/// use std::io::{self, Write};
///
/// fn send(key: &Buffer, to: &mut impl Write) -> io::Result<()> {
///     key.with_data(|key| to.write_all(key)).flat()
/// }
/// assert!(send(&Buffer::random(32)?, &mut io::sink()).is_ok());
/// # Ok::<(), memguard::Error>(())
/// ```
pub trait FlatResult<T, E> {
    /// Merges the result of the call with that of the closure.
    ///
    /// # Errors
    /// The error of the closure, or the converted [`Error`] of the call.
    ///
    /// # Panics
    /// If the conversion panics.
    ///
    /// ```
    /// use memguard::{Buffer, FlatResult};
    /// let (key, copy) = (Buffer::random(32)?, Buffer::new(32)?);
    /// key.with_data(|key| copy.copy_from(key)).flat()?;
    /// assert!(copy.equals_buffer(&key)?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    fn flat(self) -> Result<T, E>;
}

impl<T, E: From<Error>> FlatResult<T, E> for Result<Result<T, E>> {
    fn flat(self) -> Result<T, E> {
        self.unwrap_or_else(|error| Err(error.into()))
    }
}
