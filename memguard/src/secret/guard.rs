//! Guards: the value of a typed secret, for as long as an access lasts.

use super::layout;
use crate::{ReadGuard, WriteGuard};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Read access to a typed secret, until it is dropped: a [`ReadGuard`] that dereferences to the value.
///
/// ```
/// let secret = memguard::Secret::<[u16; 2]>::new()?;
/// let value = secret.read()?;
/// assert_eq!(value.iter().sum::<u16>(), 0);
/// # Ok::<(), memguard::Error>(())
/// ```
#[must_use = "the access ends when the guard is dropped"]
pub struct SecretReadGuard<'b, T> {
    bytes: ReadGuard<'b>,
    value: PhantomData<&'b T>,
}

/// Write access to a typed secret, until it is dropped: a [`WriteGuard`] that dereferences to the value.
///
/// ```
/// let secret = memguard::Secret::<[u16; 2]>::new()?;
/// secret.write()?[1] = 5;
/// assert_eq!(*secret.read()?, [0, 5]);
/// # Ok::<(), memguard::Error>(())
/// ```
#[must_use = "the access ends when the guard is dropped"]
pub struct SecretWriteGuard<'b, T> {
    bytes: WriteGuard<'b>,
    value: PhantomData<&'b mut T>,
}

impl<'b, T> SecretReadGuard<'b, T> {
    /// The guard must be of the buffer of a `Secret<T>`.
    #[inline]
    pub(super) fn of(bytes: ReadGuard<'b>) -> Self {
        Self { bytes, value: PhantomData }
    }
}

impl<'b, T> SecretWriteGuard<'b, T> {
    /// The guard must be of the buffer of a `Secret<T>`.
    #[inline]
    pub(super) fn of(bytes: WriteGuard<'b>) -> Self {
        Self { bytes, value: PhantomData }
    }
}

impl<T: FromBytes + Immutable> Deref for SecretReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the bytes are those of a `Secret<T>`, by `of`.
        unsafe { layout::value(&self.bytes) }
    }
}

impl<T: FromBytes + Immutable> Deref for SecretWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the bytes are those of a `Secret<T>`, by `of`.
        unsafe { layout::value(&self.bytes) }
    }
}

impl<T: FromBytes + IntoBytes + Immutable> DerefMut for SecretWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the bytes are those of a `Secret<T>`, by `of`.
        unsafe { layout::value_mut(&mut self.bytes) }
    }
}

/// As a [`WriteGuard`]: a panic ends the access as a return does.
impl<T: RefUnwindSafe> UnwindSafe for SecretWriteGuard<'_, T> {}

/// Without the value.
impl<T> fmt::Debug for SecretReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretReadGuard").field("len", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// Without the value.
impl<T> fmt::Debug for SecretWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretWriteGuard").field("len", &self.bytes.len()).finish_non_exhaustive()
    }
}
