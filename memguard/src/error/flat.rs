//! One result of two: the one of a call, and the one of the closure in it.

use super::{Error, Result};

/// One `Result` of the two that a call returns whose closure returns a `Result`. So one `?` suffices.
///
/// A closure may return the caller's own `Result`. The call puts that into a `Result` of its own. `flat` makes one of
/// the two. Its error is that of the closure. An [`Error`] of the call becomes one by `From`.
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
/// An `io::Error` is made of an `Error` too, so a closure may write:
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
    /// One `Result` of the two.
    ///
    /// # Errors
    /// What the closure returned, or the call's [`Error`], converted.
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
