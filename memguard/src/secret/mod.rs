//! The feature `zerocopy`: typed secrets, each a value of plain data in a buffer.

mod guard;
mod layout;

pub use guard::{SecretReadGuard, SecretWriteGuard};

use crate::core::Core;
use crate::sync::{ShardArc, Site};
use crate::{Buffer, Error, Result, global};
use std::fmt;
use std::marker::PhantomData;
use zerocopy::{FromBytes, Immutable, IntoBytes};
use zeroize::ZeroizeOnDrop;

/// A secret that is a value of `T`, in a [`Buffer`] of its own.
///
/// `T` is plain data: any bytes are a value of it, it has no padding, and a shared reference cannot change it. The
/// traits of the crate [`zerocopy`] 0.8 say so, and its derive macros check it. Integers and arrays of them have these
/// traits.
///
/// Accesses are those of the buffer. [`read`](Self::read) and [`write`](Self::write) give guards that dereference to
/// `T`. Everything else is the buffer's: see [`as_buffer`](Self::as_buffer). Copying a value out of a guard leaves the
/// copy with the caller.
///
/// # Alignment
///
/// The value is aligned as `T` asks, in every session. In a session with
/// [`Isolation::Packed`](crate::Isolation::Packed), a type of alignment 1 shares pages with other secrets. Any other
/// type has a page of its own. So arrays of bytes, and types that derive `zerocopy::Unaligned`, take the least locked
/// memory there.
///
/// ```
/// use memguard::Secret;
/// use zerocopy::{FromBytes, Immutable, IntoBytes};
///
/// #[derive(FromBytes, IntoBytes, Immutable)]
/// #[repr(C)]
/// struct Account {
///     key: [u8; 32],
///     uses: u64,
/// }
///
/// let account = Secret::<Account>::new()?;
/// account.write()?.uses += 1;
/// assert_eq!((account.read()?.uses, account.read()?.key), (1, [0; 32]));
/// account.as_buffer().freeze()?;
/// assert!(account.write().is_err());
/// # Ok::<(), memguard::Error>(())
/// ```
///
/// Not every pattern of bits is a `bool`, so this does not compile:
///
/// ```compile_fail,E0277
/// let secret = memguard::Secret::<bool>::new();
/// ```
pub struct Secret<T> {
    /// Of the size of `T`, and aligned for it.
    buffer: Buffer,
    value: PhantomData<T>,
}

impl<T: FromBytes + IntoBytes + Immutable> Secret<T> {
    /// A mutable secret of zeros, in the default session.
    ///
    /// # Errors
    /// As [`Buffer::new`]. [`Error::EmptyLength`] if `T` has no bytes. [`Error::OverAligned`] if its alignment is
    /// greater than a page.
    ///
    /// ```
    /// let counter = memguard::Secret::<u64>::new()?;
    /// assert_eq!(*counter.read()?, 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new() -> Result<Self> {
        global::session()?.secret()
    }

    /// A frozen secret that `fill` writes, in the default session. It is zero before. What `fill` writes is nowhere
    /// else.
    ///
    /// # Errors
    /// As [`new`](Self::new). [`Error::Destroyed`] if a purge came in between.
    ///
    /// # Panics
    /// If `fill` panics. What it has written is wiped.
    ///
    /// ```
    /// let keys = memguard::Secret::<[u64; 4]>::new_with(|keys| keys[3] = 7)?;
    /// assert!(keys.read()?[3] == 7 && !keys.as_buffer().is_mutable());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new_with(fill: impl FnOnce(&mut T)) -> Result<Self> {
        global::session()?.secret_new_with(fill)
    }

    /// Like [`new_with`](Self::new_with), with a `fill` that may fail. Its error is the caller's own.
    ///
    /// # Errors
    /// The error of `fill`. What it has written is wiped then. Otherwise as [`new_with`](Self::new_with).
    ///
    /// # Panics
    /// If `fill` panics. What it has written is wiped.
    ///
    /// ```
    /// use memguard::Secret;
    /// use std::{fs::File, io::Read};
    ///
    /// fn random_key() -> std::io::Result<Secret<[u8; 32]>> {
    ///     Secret::try_new_with(|key: &mut [u8; 32]| File::open("/dev/urandom")?.read_exact(key))
    /// }
    /// assert_ne!(*random_key()?.read()?, [0; 32]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_new_with<E: From<Error>>(fill: impl FnOnce(&mut T) -> Result<(), E>) -> Result<Self, E> {
        global::session()?.secret_try_new_with(fill)
    }

    pub(crate) fn create(core: &ShardArc<Core>) -> Result<Self> {
        let (align, max) = (align_of::<T>(), core.pool.backend().page_size());
        if align > max {
            return Err(Error::OverAligned { align, max });
        }
        let buffer = Buffer::create_aligned(core, size_of::<T>(), align)?;
        Ok(Self { buffer, value: PhantomData })
    }

    pub(crate) fn create_with<E: From<Error>>(
        core: &ShardArc<Core>,
        fill: impl FnOnce(&mut T) -> Result<(), E>,
    ) -> Result<Self, E> {
        let secret = Self::create(core)?;
        fill(&mut SecretWriteGuard::of(secret.buffer.enter_to_write(Site::BufferFill)?))?;
        secret.buffer.finish_new(core.freezing())?;
        Ok(secret)
    }

    /// Enters to read.
    ///
    /// # Errors
    /// As [`Buffer::read`].
    ///
    /// ```
    /// let counter = memguard::Secret::<u32>::new()?;
    /// let (first, second) = (counter.read()?, counter.read()?);
    /// assert_eq!(*first, *second);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn read(&self) -> Result<SecretReadGuard<'_, T>> {
        self.buffer.read().map(SecretReadGuard::of)
    }

    /// Enters to write.
    ///
    /// # Errors
    /// As [`Buffer::write`].
    ///
    /// ```
    /// let counter = memguard::Secret::<u32>::new()?;
    /// *counter.write()? += 1;
    /// assert_eq!(*counter.read()?, 1);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn write(&self) -> Result<SecretWriteGuard<'_, T>> {
        self.buffer.write().map(SecretWriteGuard::of)
    }
}

impl<T> Secret<T> {
    /// The buffer with the bytes of the value, to wipe, freeze, compare, verify or destroy it. Any bytes that are
    /// written there are a value.
    ///
    /// A secret that was [sealed](Buffer::seal) comes back by [`Enclave::open_into`](crate::Enclave::open_into).
    ///
    /// ```
    /// let pin = memguard::Secret::<u32>::new_with(|pin| *pin = 1234)?;
    /// let sealed = pin.as_buffer().seal()?;
    /// assert!(pin.read().is_err(), "it is wiped");
    ///
    /// let again = memguard::Secret::<u32>::new()?;
    /// sealed.open_into(again.as_buffer())?;
    /// assert_eq!(*again.read()?, 1234);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn as_buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The buffer alone, with the bytes of the value.
    ///
    /// ```
    /// let pin = memguard::Secret::<u32>::new_with(|pin| *pin = 1234)?;
    /// assert!(pin.into_buffer().equals(&1234_u32.to_ne_bytes())?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn into_buffer(self) -> Buffer {
        self.buffer
    }
}

/// As of a [`Buffer`].
impl<T> ZeroizeOnDrop for Secret<T> {}

/// Without the value.
impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("buffer", &self.buffer).finish_non_exhaustive()
    }
}
